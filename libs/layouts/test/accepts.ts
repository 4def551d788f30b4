import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** The published JSON Schema of a layout. Answers with what is wrong, or nothing. */
export function schemaOf(layout: string): (value: unknown) => string | undefined {
  const file = new URL(`../../../docs/formats/schemas/${layout}.schema.json`, import.meta.url);
  const ajv = new Ajv2020({ allowUnionTypes: true, strictTypes: false, strictRequired: false });
  const validate: ValidateFunction = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  return (value) =>
    validate(value) ? undefined : `${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`;
}

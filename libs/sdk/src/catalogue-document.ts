import { z } from 'zod';
import { schemaUri } from './compose-event.ts';
import type { AuditEventDefinition } from './define-audit-event.ts';

/** A catalogue entry as data: what a viewer or a reviewer needs without the product's code. */
export interface CatalogueEntry {
  /** The `dataschema` of its events. */
  readonly dataschema: string;
  readonly action: string;
  readonly version: number;
  readonly targets: readonly string[];
  readonly summary: string;
  /** Paths of the fields that hold personal data. */
  readonly personal: readonly string[];
  /** JSON Schemas of the parts of `data` that are declared. */
  readonly schemas: { readonly [part in 'metadata' | 'before' | 'after']?: unknown };
}

/** The catalogue as a JSON document, for reviews of what is emitted and of the personal data in it. */
export function catalogueDocument(audit: {
  readonly source: string;
  readonly catalogue: readonly AuditEventDefinition[];
}): CatalogueEntry[] {
  return audit.catalogue.map((definition) => {
    const { action, version, targets, summary, personal } = definition;
    const dataschema = schemaUri(audit.source, definition);
    return { dataschema, action, version, targets, summary, personal, schemas: schemasOf(definition) };
  });
}

function schemasOf(definition: AuditEventDefinition): CatalogueEntry['schemas'] {
  const declared = (['metadata', 'before', 'after'] as const).flatMap((part) => {
    const schema = definition[part];
    return schema === undefined
      ? []
      : [[part, z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })] as const];
  });
  return Object.fromEntries(declared);
}

import { z } from 'zod';

/** Marks a setting whose value appears in no log, error or description. */
export function secret<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), secret: true });
}

/** Whether `secret` marked this schema, also under `.optional()`, `.default()` or `.describe()`. */
export function isSecret(schema: z.ZodType): boolean {
  if (schema.meta()?.['secret'] === true) return true;
  const inner = (schema as { def?: { innerType?: z.ZodType } }).def?.innerType;
  return inner !== undefined && isSecret(inner);
}

/** A comma-separated list; blanks around items are dropped, and so are empty items. */
export function list(): z.ZodPipe<z.ZodString, z.ZodTransform<string[], string>> {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}

/** `true` or `false`, nothing else: `1`, `yes` and a typing error are refused rather than guessed. */
export function flag(): z.ZodPipe<
  z.ZodEnum<{ true: 'true'; false: 'false' }>,
  z.ZodTransform<boolean, string>
> {
  return z.enum(['true', 'false']).transform((text) => text === 'true');
}

/** A whole number written in decimal digits, `min` and `max` inclusive. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  return z
    .string()
    .regex(/^-?\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

import type { z } from 'zod';
import { isSecret } from './value-types.ts';

/** The settings as they may be printed: every secret that is set reads `[secret]`. */
export function describeSettings(
  schema: z.ZodObject,
  settings: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema.shape).map(([name, type]) => {
      const value = settings[name];
      return [name, value !== undefined && isSecret(type as z.ZodType) ? '[secret]' : value];
    }),
  );
}

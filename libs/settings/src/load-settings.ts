import { inspect } from 'node:util';
import { AuditoriumError } from '@auditorium/events';
import type { z } from 'zod';
import { describeSettings } from './describe-settings.ts';
import { nearestName } from './nearest-name.ts';
import { sharedNames } from './shared-settings.ts';
import { isSecret } from './value-types.ts';

/**
 * Reads the settings of one service, a flat schema whose keys are names of the environment, from the environment. An empty value counts as absent. The result prints (JSON and
 * `inspect`) without its secrets.
 * @throws AuditoriumError `settings-invalid` naming everything that is wrong at once (`facts.problems`), unknown
 * `AUDITORIUM_*` names included and no secret's value.
 */
export function loadSettings<S extends z.ZodObject>(
  schema: S,
  env: Record<string, string | undefined> = process.env,
): z.infer<S> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => isOurs(name) && value !== ''),
  );
  const parsed = schema.safeParse(given);
  const problems = [
    ...unknownNames(Object.keys(given), Object.keys(schema.shape)),
    ...(parsed.success ? [] : invalidValues(schema, parsed.error, given)),
  ];
  if (!parsed.success || problems.length > 0) throw refusal(problems);
  return withoutSecretsInPrint(schema, parsed.data);
}

function refusal(problems: readonly string[]): AuditoriumError {
  const lines = problems.map((line) => `  - ${line}`).join('\n');
  return new AuditoriumError('settings-invalid', `settings cannot be used:\n${lines}`, {
    facts: { problems },
  });
}

function isOurs(name: string): boolean {
  return name.startsWith('AUDITORIUM_');
}

function unknownNames(given: string[], known: string[]): string[] {
  return given
    .filter((name) => !known.includes(name) && !sharedNames.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return `${name} is not a setting of this service${near === undefined ? '' : `; did you mean ${near}?`}`;
    });
}

function invalidValues(schema: z.ZodObject, error: z.ZodError, given: Record<string, unknown>): string[] {
  return error.issues.map((issue) => {
    const name = String(issue.path[0] ?? '');
    const type = schema.shape[name] as z.ZodType | undefined;
    const meaning = type?.meta()?.description;
    const hint = meaning === undefined ? '' : ` (${meaning})`;
    if (given[name] === undefined) return `${name} is missing${hint}`;
    if (type !== undefined && isSecret(type)) return `${name} is not valid; its value is not shown${hint}`;
    return `${name}: ${issue.message}${hint}`;
  });
}

/** A log line or a crash dump of the settings object must not carry a password out of the process. */
function withoutSecretsInPrint<S extends z.ZodObject>(schema: S, settings: z.infer<S>): z.infer<S> {
  const printable = () => describeSettings(schema, settings);
  Object.defineProperty(settings, 'toJSON', { value: printable, enumerable: false });
  Object.defineProperty(settings, inspect.custom, { value: printable, enumerable: false });
  return settings;
}

import { AuditoriumError } from '@auditorium/events';
import { z } from 'zod';

/** What a product team writes down once for each action: its shape, and the sentence that people read. */
export interface AuditEventSpec<A, T, M, B, F> {
  /** `noun.verb`, for example `project.renamed`. */
  readonly action: A;
  /** Raised when a field changes its meaning or goes away; adding an optional field needs no new version. */
  readonly version: number;
  /** The types of targets. The first target of an event is of the first type; it becomes the event's `subject`. */
  readonly targets: T;
  /** What else belongs to the event; an object schema. Unknown names are refused, not dropped. */
  readonly metadata?: M;
  /** The changed fields as they were. Required of a success once it is declared. */
  readonly before?: B;
  /** The changed fields as they became. Required of a success once it is declared. */
  readonly after?: F;
  /** A sentence with placeholders: `{actor}`, `{target}`, `{targets.1}`, `{before.name}`, `{metadata.reason}`. */
  readonly summary: string;
}

/** An entry of a product's catalogue, made by {@link defineAuditEvent}. */
export interface AuditEventDefinition<
  A extends string = string,
  T extends readonly [string, ...string[]] = readonly [string, ...string[]],
  M extends z.ZodType | undefined = z.ZodType | undefined,
  B extends z.ZodType | undefined = z.ZodType | undefined,
  F extends z.ZodType | undefined = z.ZodType | undefined,
> {
  readonly action: A;
  readonly version: number;
  readonly targets: T;
  readonly metadata: M;
  readonly before: B;
  readonly after: F;
  readonly summary: string;
  /** Paths of the fields marked with {@link personal}, for example `metadata.email`. */
  readonly personal: readonly string[];
}

/**
 * Defines an audit event. The types of its fields become the type of what `record` and `emit` take, so an unknown action
 * or a missing field does not compile.
 *
 * @throws AuditoriumError `event-invalid` when the action is no `noun.verb`, or the sentence names a field that no schema has.
 */
export function defineAuditEvent<
  const A extends string,
  const T extends readonly [string, ...string[]],
  M extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  F extends z.ZodType | undefined = undefined,
>(spec: AuditEventSpec<A, T, M, B, F>): AuditEventDefinition<A, T, M, B, F> {
  const definition = {
    ...spec,
    metadata: strict(spec.metadata) as M,
    before: strict(spec.before) as B,
    after: strict(spec.after) as F,
    personal: personalPaths(spec),
  };
  checkAction(definition);
  checkSummary(definition);
  return definition;
}

/** Marks a field as personal data. The event keeps it as it is; the catalogue's document tells everybody that it is there. */
export function personal<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), personal: true }) as S;
}

/** Fields that nobody declared are a mistake to be told, not to be dropped: zod's objects would drop them. */
function strict(schema: unknown): unknown {
  return schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;
}

const ACTION = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/;

function checkAction({ action, version }: AuditEventDefinition): void {
  if (!ACTION.test(action)) {
    throw new AuditoriumError('event-invalid', `action "${action}" is not noun.verb in lower case`);
  }
  if (!Number.isInteger(version) || version < 1) {
    throw new AuditoriumError('event-invalid', `version of ${action} is not a whole number from 1`);
  }
}

function checkSummary(definition: AuditEventDefinition): void {
  for (const [, path = ''] of definition.summary.matchAll(/\{([^}]*)\}/g)) {
    if (!isKnownPath(definition, path)) {
      throw new AuditoriumError(
        'event-invalid',
        `the summary of ${definition.action} names {${path}}, which it does not have`,
      );
    }
  }
}

function isKnownPath(definition: AuditEventDefinition, path: string): boolean {
  if (path === 'actor' || path === 'target' || /^targets\.\d+$/.test(path)) return true;
  const [part, field] = path.split('.');
  if (part !== 'metadata' && part !== 'before' && part !== 'after') return false;
  const schema = definition[part];
  if (schema === undefined || field === undefined) return false;
  return !(schema instanceof z.ZodObject) || field in schema.shape;
}

function personalPaths(spec: { metadata?: unknown; before?: unknown; after?: unknown }): string[] {
  return (['metadata', 'before', 'after'] as const).flatMap((part) => marked(spec[part], part));
}

function marked(schema: unknown, path: string): string[] {
  if (!(schema instanceof z.ZodType)) return [];
  if (schema.meta()?.['personal'] === true) return [path];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return marked(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodArray) return marked(schema.element, `${path}[]`);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, field]) => marked(field, `${path}.${name}`));
}

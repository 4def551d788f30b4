import type { Actor, EventContext, Outcome } from '@auditorium/events';
import type { z } from 'zod';
import type { AuditEventDefinition } from './define-audit-event.ts';

/** A target of one of the declared types. */
export interface TypedTarget<T extends string> {
  readonly type: T;
  readonly id: string;
  readonly name?: string;
}

/** What every event may carry, and the request context supplies where it is left out. */
export interface CommonInput {
  /** The org's id. From the request context when absent. */
  readonly org?: string;
  /** Who did it. From the request context when absent. */
  readonly actor?: Actor;
  /** From where. Fields that are absent come from the request context. */
  readonly context?: EventContext;
  /** When it happened. Now when absent. */
  readonly time?: Date;
  /** The event's id; give one only to send the same event again. A new UUID when absent. */
  readonly id?: string;
}

type Required<K extends string, S> = S extends z.ZodType
  ? undefined extends z.input<S>
    ? { readonly [key in K]?: z.input<S> }
    : { readonly [key in K]: z.input<S> }
  : { readonly [key in K]?: never };

/** A part that may be left out. */
export type Optional<K extends string, S> = {
  readonly [key in K]?: S extends z.ZodType ? z.input<S> : never;
};

type Succeeded<M, B, F> = { readonly outcome?: 'success' } & Required<'metadata', M> &
  Required<'before', B> &
  Required<'after', F>;

/** What failed or was denied changed nothing, so it need not say what changed. */
type NotSucceeded<M, B, F> = { readonly outcome: Exclude<Outcome, 'success'> } & Optional<'metadata', M> &
  Optional<'before', B> &
  Optional<'after', F>;

/** At least one target, the first of the first declared type. */
export type Targets<T extends readonly [string, ...string[]]> = readonly [
  TypedTarget<T[0]>,
  ...TypedTarget<T[number]>[],
];

/** What `record` and `emit` take for a definition, or for each of a union of definitions. */
export type AuditEventInput<D> =
  D extends AuditEventDefinition<infer A, infer T, infer M, infer B, infer F>
    ? CommonInput & { readonly action: A; readonly targets: Targets<T> } & (
          Succeeded<M, B, F> | NotSucceeded<M, B, F>
        )
    : never;

/** The same without its types: what the code behind `record` works with. */
export interface UntypedInput extends CommonInput {
  readonly action: string;
  readonly targets: readonly { readonly type: string; readonly id: string; readonly name?: string }[];
  readonly outcome?: Outcome;
  readonly metadata?: unknown;
  readonly before?: unknown;
  readonly after?: unknown;
}

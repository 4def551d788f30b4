import type { DestinationSettings } from './destination-settings.ts';
import type { Failure } from './failure.ts';

/** What happened to a destination. The stream is its whole history; windows and attempts have tables of their own. */
export type DestinationEvent =
  | {
      readonly type: 'created';
      readonly org: string;
      readonly externalId: string;
      readonly start: number;
      readonly settings: DestinationSettings;
    }
  | { readonly type: 'changed'; readonly settings: DestinationSettings }
  | { readonly type: 'region-found'; readonly region: string }
  | { readonly type: 'tested'; readonly failure: Failure | null }
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'conflicted'; readonly failure: Failure }
  | { readonly type: 'recovered' }
  | { readonly type: 'deleted' };

/** What follows from it. `recovered` is also the first success. */
export interface Destination {
  readonly org: string;
  /** Made by the platform, for this destination alone, and never changed. */
  readonly externalId: string;
  readonly settings: DestinationSettings;
  /** Raised by each change of the settings: a window is of one version. */
  readonly settingsVersion: number;
  readonly everDelivered: boolean;
  readonly paused: boolean;
  readonly deleted: boolean;
  readonly conflict: boolean;
  /** Of delivery, not of tests. */
  readonly failure: Failure | null;
}

export type DestinationStatus =
  'pending' | 'healthy' | 'failing' | 'conflict' | 'paused' | 'disabled' | 'deleted';

export type DestinationCommand =
  | {
      readonly do: 'change';
      readonly settings: Partial<DestinationSettings>;
      readonly mayHaveWritten: boolean;
    }
  | { readonly do: 'find-region'; readonly region: string }
  | { readonly do: 'test'; readonly failure: Failure | null }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  | { readonly do: 'fail'; readonly failure: Failure }
  | { readonly do: 'conflict'; readonly failure: Failure }
  | { readonly do: 'succeed' }
  | { readonly do: 'delete' };

export type Decision =
  | { readonly events: readonly DestinationEvent[] }
  | { readonly ignored: string }
  | { readonly refused: string };

/** What a command leads to. Doing nothing has a reason. */
export function decide(state: Destination, command: DestinationCommand): Decision {
  if (state.deleted) return { refused: 'this destination is deleted' };
  switch (command.do) {
    case 'change':
      return change(state, command.settings, command.mayHaveWritten);
    case 'find-region':
      if (state.settings.region === command.region) return { ignored: 'known' };
      return { events: [{ type: 'region-found', region: command.region }] };
    case 'test':
      return { events: [{ type: 'tested', failure: command.failure }] };
    case 'pause':
      return state.paused ? { ignored: 'paused already' } : { events: [{ type: 'paused' }] };
    case 'resume':
      return state.paused || state.conflict ? { events: [{ type: 'resumed' }] } : { ignored: 'not paused' };
    case 'fail':
      // One entry for each cause: the attempts tell how often.
      if (state.failure?.code === command.failure.code)
        return { ignored: 'failing for the same cause already' };
      return { events: [{ type: 'failed', failure: command.failure }] };
    case 'conflict':
      return { events: [{ type: 'conflicted', failure: command.failure }] };
    case 'succeed':
      if (state.everDelivered && state.failure === null) return { ignored: 'healthy already' };
      return { events: [{ type: 'recovered' }] };
    case 'delete':
      return { events: [{ type: 'deleted' }] };
  }
}

function change(state: Destination, wanted: Partial<DestinationSettings>, mayHaveWritten: boolean): Decision {
  const settings = { ...state.settings, ...wanted };
  const changed = (Object.keys(settings) as (keyof DestinationSettings)[]).filter(
    (name) => settings[name] !== state.settings[name],
  );
  if (changed.length === 0) return { ignored: 'nothing changes' };
  // Objects that were written, or may have been, stay where they are: a second place would hold half of the history.
  if (mayHaveWritten && (changed.includes('bucket') || changed.includes('prefix'))) {
    return {
      refused:
        'bucket and prefix are fixed once something may have been written there; connect the new place as a destination of its own',
    };
  }
  return { events: [{ type: 'changed', settings }] };
}

/** The state after an event; undefined before `created`. */
export function evolve(state: Destination | undefined, event: DestinationEvent): Destination {
  if (event.type === 'created') return created(event);
  if (state === undefined) throw new TypeError(`a destination begins with created, not ${event.type}`);
  switch (event.type) {
    case 'changed':
      return { ...state, settings: event.settings, settingsVersion: state.settingsVersion + 1 };
    case 'region-found':
      return { ...state, settings: { ...state.settings, region: event.region } };
    case 'tested':
      return state;
    case 'paused':
      return { ...state, paused: true };
    case 'resumed':
      return { ...state, paused: false, conflict: false, failure: state.conflict ? null : state.failure };
    case 'failed':
      return { ...state, failure: event.failure };
    case 'conflicted':
      return { ...state, failure: event.failure, conflict: true };
    case 'recovered':
      return { ...state, failure: null, everDelivered: true };
    case 'deleted':
      return { ...state, deleted: true };
  }
}

function created({ org, externalId, settings }: DestinationEvent & { type: 'created' }): Destination {
  const nothingYet = { everDelivered: false, paused: false, deleted: false, conflict: false, failure: null };
  return { org, externalId, settings, settingsVersion: 1, ...nothingYet };
}

/** One word for people; what stops sending comes before what troubles it. */
export function statusOf(state: Destination): DestinationStatus {
  if (state.deleted) return 'deleted';
  if (state.paused) return 'paused';
  if (state.conflict) return 'conflict';
  if (state.failure !== null) return 'failing';
  return state.everDelivered ? 'healthy' : 'pending';
}

/** Whether the courier may begin anything for it. */
export function isActive(state: Destination): boolean {
  return !state.deleted && !state.paused && !state.conflict;
}

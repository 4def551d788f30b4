import type { Edit } from './kernel/edit-sources.ts';

/** A rule, and a change of the services' source that breaks it: the simulation must notice. */
export interface Mutation extends Edit {
  readonly name: string;
  /** What holds as long as nobody makes this change. */
  readonly rule: string;
  /** The play that should notice. */
  readonly play: 'spine' | 'delivery';
  /** The schedule that shows it soonest, where it needs one. */
  readonly scenario?: string;
}

/**
 * Top-level attributes that enrichment adds, and the two that a layout adds when it resolves names; an event that brings
 * one is rejected. `recordedtime` is the producer's.
 */
export const RESERVED_ATTRIBUTES: ReadonlySet<string> = new Set([
  'acceptedtime',
  'orgname',
  'orgslug',
  'actorversion',
  'actorroles',
  'actorname',
  'actoremail',
]);

/** Top-level attributes that enrichment adds; an event that brings one is rejected. `recordedtime` is the producer's. */
export const RESERVED_ATTRIBUTES: ReadonlySet<string> = new Set([
  'acceptedtime',
  'orgname',
  'orgslug',
  'actorversion',
  'actorroles',
]);

import { createAudit, defineAuditEvent } from '@auditorium/sdk';
import { z } from 'zod';

/** An operator gave an event from the quarantine to the raw topic again. */
const resubmitted = defineAuditEvent({
  action: 'quarantine.resubmitted',
  version: 1,
  targets: ['quarantined-event'],
  metadata: z.object({ code: z.string(), partition: z.number().int(), rawoffset: z.number().int() }),
  summary: '{actor} submitted {target} again, which had been rejected as {metadata.code}',
});

/** What this service itself has to say to an org's log. */
export const audit = createAudit({
  source: 'auditorium/query',
  catalogue: [resubmitted],
  outbox: { schema: 'query' },
});

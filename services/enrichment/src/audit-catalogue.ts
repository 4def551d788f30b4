import { createAudit, defineAuditEvent, type Audit } from '@auditorium/sdk';
import { z } from 'zod';

const range = { partition: z.number().int(), rawfrom: z.number().int(), rawto: z.number().int() };

/** An operator has accepted that raw offsets are lost. */
const lossAccepted = defineAuditEvent({
  action: 'gap.loss-accepted',
  version: 1,
  targets: ['raw-range'],
  metadata: z.object({ ...range, reason: z.string() }),
  summary: '{actor} accepted {target} as lost: {metadata.reason}',
});

/** An operator lets a partition resume from enriched. */
const refillAsked = defineAuditEvent({
  action: 'gap.refill-asked',
  version: 1,
  targets: ['partition'],
  metadata: z.object({ partition: z.number().int(), rawfrom: z.number().int().optional() }),
  summary: '{actor} let {target} resume from what it had written',
});

/** What this service has to say, in the log of the platform's own org. */
export const audit: Audit<typeof lossAccepted | typeof refillAsked> = createAudit({
  source: 'auditorium/enrichment',
  catalogue: [lossAccepted, refillAsked],
  outbox: { schema: 'enrichment' },
});

import { type Audit, createAudit, defineAuditEvent } from '@auditorium/sdk';
import { z } from 'zod';
import { destinationSettingsSchema } from './domain/destination-settings.ts';

/** No secrets among them: there are none. */
const settings = destinationSettingsSchema;
const targets = ['destination'] as const;

/** Every change to a destination is an event of its org. */
export const DELIVERY_CATALOGUE = [
  defineAuditEvent({
    action: 'destination.created',
    version: 1,
    targets,
    after: settings,
    summary: '{actor} connected the bucket {after.bucket}',
  }),
  defineAuditEvent({
    action: 'destination.changed',
    version: 1,
    targets,
    before: settings.partial(),
    after: settings.partial(),
    summary: '{actor} changed the destination {target}',
  }),
  defineAuditEvent({
    action: 'destination.tested',
    version: 1,
    targets,
    metadata: z.object({ bucket: z.string(), code: z.string().optional() }),
    summary: '{actor} tested the bucket {metadata.bucket}',
  }),
  defineAuditEvent({
    action: 'destination.paused',
    version: 1,
    targets,
    summary: '{actor} paused the destination {target}',
  }),
  defineAuditEvent({
    action: 'destination.resumed',
    version: 1,
    targets,
    summary: '{actor} resumed the destination {target}',
  }),
  defineAuditEvent({
    action: 'destination.deleted',
    version: 1,
    targets,
    summary: '{actor} deleted the destination {target}',
  }),
] as const;

export type DeliveryAudit = Audit<(typeof DELIVERY_CATALOGUE)[number]>;

/** Records into this service's own outbox, in the transaction of the change. */
export const deliveryAudit: DeliveryAudit = createAudit({
  source: 'auditorium/delivery',
  catalogue: DELIVERY_CATALOGUE,
  outbox: { schema: 'delivery' },
});

/** What `deliveryAudit.record` takes. */
export type DeliveryAuditEvent = Parameters<DeliveryAudit['record']>[1];

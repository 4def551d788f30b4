export {
  AuditoriumError,
  ERROR_CODES,
  isAuditoriumError,
  type ErrorCode,
  type ErrorDetails,
} from './auditorium-error.ts';
export {
  actorSchema,
  auditDataSchema,
  auditEventSchema,
  contextSchema,
  outcomeSchema,
  targetSchema,
  type Actor,
  type AuditEvent,
  type EventContext,
  type Outcome,
  type Target,
} from './audit-event.ts';
export { checkEvent, orgOf, type Checked, type Rejection } from './check-event.ts';
export { decideTake } from './decide-take.ts';
export { jittered } from './jittered.ts';
export {
  accessRecordSchema,
  actorKey,
  actorRecordSchema,
  orgRecordSchema,
  type AccessRecord,
  type ActorRecord,
  type OrgRecord,
} from './directory-records.ts';
export {
  decodeEnrichedHeaders,
  encodeEnrichedHeaders,
  NO_DIGEST,
  RAW_HEADERS,
  rawHeadersOf,
  type EnrichedHeaders,
  type ReceivedHeaders,
  type Verdict,
} from './headers.ts';
export { ACTOR_TYPE, EVENT_TYPE, LIMITS, ORG_ID } from './limits.ts';
export { murmur2, partitionOf } from './partition.ts';
export { parseExact } from './parse-exact.ts';
export { RESERVED_ATTRIBUTES } from './reserved-attributes.ts';
export { instantOf } from './rfc3339.ts';
export { spliceAttributes } from './splice-attributes.ts';
export {
  checkTopic,
  DEFAULT_PARTITIONS,
  topicRequirements,
  topicsOf,
  type ActualTopic,
  type TopicRequirement,
  type Topics,
  type TopicSetting,
} from './topics.ts';
export { REJECTION_CODES, type RejectionCode } from './verdict-codes.ts';

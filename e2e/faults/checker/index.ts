export { checkHistory } from './check-history.ts';
export type {
  DeliveredObject,
  Destination,
  History,
  LedgerLine,
  Place,
  RawRecord,
  RejectedRecord,
  SentEvent,
  ViewRow,
} from './history.ts';
export { VIOLATION_KINDS, type Violation, type ViolationKind } from './violation.ts';

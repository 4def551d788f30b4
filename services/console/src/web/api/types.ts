/** What the HTTP surface answers with. The console knows these shapes and nothing else of the services. */

export interface OrgAccess {
  id: string;
  slug: string;
  name: string;
  plan: string;
  admin: boolean;
  permissions: string[];
}

export interface Me {
  subject: string;
  name?: string | null;
  email?: string | null;
  operator: boolean;
  orgs: OrgAccess[];
}

export type Outcome = 'success' | 'failure' | 'denied';

export interface EventTarget {
  type: string;
  id: string;
  name?: string;
}

export interface EventContext {
  ip?: string;
  userAgent?: string;
  requestId?: string;
  traceId?: string;
}

/** One event as the ledger keeps it, with the names that were resolved for this answer and its address (`key`). */
export interface LoggedEvent {
  key: string;
  specversion: string;
  id: string;
  source: string;
  type: string;
  time: string;
  subject?: string;
  orgid?: string;
  acceptedtime?: string;
  orgname?: string;
  orgslug?: string;
  actorversion?: number;
  actorroles?: string[] | string;
  actorname?: string | null;
  actoremail?: string | null;
  sentence?: string;
  data: {
    actor: { type: string; id: string };
    targets: EventTarget[];
    outcome: Outcome;
    context?: EventContext;
    before?: unknown;
    after?: unknown;
    metadata?: unknown;
  };
}

export interface EventPage {
  events: LoggedEvent[];
  next: string | null;
  /** Cursor back to newer events. */
  previous?: string | null;
  newest?: string | null;
}

export interface DeliveredWindow {
  destination?: string;
  window: string;
  object: string | null;
  state: string;
}

/** Where an event lies: its segment in the ledger, its number in the org's history, and the objects that carry it. */
export interface Proof {
  segment: string | null;
  sequence: number | null;
  windows: DeliveredWindow[];
}

export type DestinationState = 'pending' | 'healthy' | 'failing' | 'conflict' | 'paused' | 'disabled';

export interface DestinationError {
  at: string;
  code: string;
  message: string;
  step?: string;
  fix?: string;
  providerCode?: string;
  requestId?: string;
}

export interface Destination {
  id: string;
  name: string;
  bucket: string;
  prefix: string;
  region: string;
  roleArn: string;
  externalId: string;
  layout: string;
  windowSeconds: number;
  state: DestinationState;
  backlog: number | null;
  lagSeconds: number | null;
  lastSuccess: string | null;
  lastError: DestinationError | null;
  nextRetry: string | null;
  /** When the next window closes, while nothing is wrong. */
  nextWindow: string | null;
  createdAt: string | null;
  trustPolicy: unknown;
  permissionPolicy: unknown;
}

export interface DestinationWindow {
  id: string;
  /** Sequences, both inclusive. */
  from: number;
  to: number;
  state: string;
  plannedAt: string | null;
  deliveredAt: string | null;
  objects: { key: string; events: number | null; bytes: number | null; state: string }[];
}

/** Something that was done to a destination, or that it met. */
export interface DestinationHistoryEntry {
  version: number;
  type: string;
  at: string;
  by: string | null;
  /** What was the matter, where it is about a failure. */
  message: string | null;
}

/** The terms of one destination; each was counted on its own. */
export interface DestinationTerms {
  id: string;
  name: string;
  start: number;
  delivered: number;
  pending: number;
  filtered: number;
  quarantined: number;
  expired: number;
  addsUp: boolean;
}

/** Whether every event is accounted for. */
export interface Reconciliation {
  at: string;
  addsUp: boolean;
  head: number;
  problems: string[];
  destinations: DestinationTerms[];
}

export interface Member {
  user: string;
  name?: string | null;
  email?: string | null;
  admin: boolean;
  groups: string[];
  roles: string[];
  permissions: string[];
}

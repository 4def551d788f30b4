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
  createdAt: string | null;
  trustPolicy: unknown;
  permissionPolicy: unknown;
}

export interface DestinationWindow {
  id: string;
  from: number;
  to: number;
  state: string;
  plannedAt: string | null;
  deliveredAt: string | null;
  objects: { key: string; events: number | null; bytes: number | null; state: string }[];
}

export interface Member {
  user: string;
  name?: string | null;
  email?: string | null;
  admin: boolean;
  groups: string[];
  permissions: string[];
}

import type {
  DeliveredWindow,
  Destination,
  DestinationError,
  DestinationHistoryEntry,
  DestinationState,
  DestinationTerms,
  DestinationWindow,
  LoggedEvent,
  Member,
  Proof,
  Reconciliation,
} from './types.ts';

/** An event with its proof apart from the event's own attributes, so that "raw" shows the event and nothing else. */
export interface ShownEvent {
  event: LoggedEvent;
  proof: Proof;
  /** True once nothing more will become of it: sealed, and each window that holds it delivered. */
  settled: boolean;
}

type Body = Record<string, unknown>;

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
/** An id, which may be a number. */
const idText = (value: unknown): string => (typeof value === 'number' ? String(value) : (text(value) ?? ''));
const number = (value: unknown): number | null => {
  const parsed = typeof value === 'string' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : null;
};
const body = (value: unknown): Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function readProof(answer: LoggedEvent & Body): ShownEvent {
  const { segment, sequence, window, object, windows, proof, ...event } = answer as Body;
  const found =
    Object.keys(body(proof)).length > 0 ? body(proof) : { segment, sequence, window, object, windows };
  const single = text(found['window']) === null ? [] : [{ window: found['window'], object: found['object'] }];
  const shown: Proof = {
    segment: text(found['segment']) ?? text(body(found['segment'])['key']),
    sequence: number(found['sequence']),
    windows: (Array.isArray(found['windows']) ? found['windows'] : single).map(readDeliveredWindow),
  };
  const settled = shown.segment !== null && shown.windows.every((each) => each.state === 'delivered');
  return { event: event as unknown as LoggedEvent, proof: shown, settled };
}

function readDeliveredWindow(value: unknown): DeliveredWindow {
  const from = body(value);
  const destination = text(from['destination']);
  return {
    ...(destination === null ? {} : { destination }),
    window: text(from['window']) ?? String(number(from['window']) ?? ''),
    object: text(from['object']) ?? text(body(from['object'])['key']),
    state: text(from['state']) ?? text(body(from['object'])['state']) ?? 'delivered',
  };
}

const STATES: readonly DestinationState[] = [
  'pending',
  'healthy',
  'failing',
  'conflict',
  'paused',
  'disabled',
];

export function readDestination(value: unknown): Destination {
  const from = { ...body(body(value)['settings']), ...body(value) };
  const state = (from['state'] ?? from['status']) as DestinationState;
  const bucket = text(from['bucket']) ?? '';
  return {
    id: idText(from['id']),
    name: text(from['name']) ?? bucket,
    bucket,
    prefix: text(from['prefix']) ?? '',
    region: text(from['region']) ?? '',
    roleArn: text(from['roleArn']) ?? '',
    externalId: text(from['externalId']) ?? '',
    layout: text(from['layout']) ?? 'auditorium',
    windowSeconds: number(from['windowSeconds']) ?? 0,
    state: STATES.includes(state) ? state : 'pending',
    backlog: number(from['backlog']),
    lagSeconds: number(from['lagSeconds']),
    lastSuccess: text(from['lastSuccess']),
    lastError: readError(from['lastError']),
    nextRetry: text(from['nextRetry']),
    nextWindow: text(from['nextWindow']),
    createdAt: text(from['createdAt']),
    trustPolicy: from['trustPolicy'] ?? null,
    permissionPolicy: from['permissionPolicy'] ?? null,
  };
}

function readError(value: unknown): DestinationError | null {
  const from = body(value);
  const message = text(from['message']) ?? text(value);
  if (message === null) return null;
  const optional = (name: 'step' | 'fix' | 'providerCode' | 'requestId') => {
    const found = text(from[name]);
    return found === null ? {} : { [name]: found };
  };
  return {
    at: text(from['at']) ?? '',
    code: text(from['code']) ?? 'unknown',
    message,
    ...optional('step'),
    ...optional('fix'),
    ...optional('providerCode'),
    ...optional('requestId'),
  };
}

export function readDestinations(answer: unknown): Destination[] {
  return (Array.isArray(answer) ? answer : list(body(answer)['destinations'])).map(readDestination);
}

/** A page of windows; `next` leads to older ones. */
export function readWindows(answer: unknown): { windows: DestinationWindow[]; next: string | null } {
  const windows = list(body(answer)['windows']).map(readWindow);
  const next = body(answer)['next'];
  return { windows, next: idText(next) === '' ? null : idText(next) };
}

function readWindow(value: unknown): DestinationWindow {
  const from = body(value);
  return {
    id: idText(from['id']),
    from: number(from['from']) ?? 0,
    to: number(from['to']) ?? 0,
    state: text(from['state']) ?? 'open',
    plannedAt: text(from['plannedAt']),
    deliveredAt: text(from['deliveredAt']),
    objects: list(from['objects']).map((object) => ({
      key: text(body(object)['key']) ?? '',
      events: number(body(object)['events']),
      bytes: number(body(object)['bytes']),
      state: text(body(object)['state']) ?? 'planned',
    })),
  };
}

export function readHistory(answer: unknown): DestinationHistoryEntry[] {
  return list(body(answer)['history']).map((value) => {
    const from = body(value);
    const failure = body(body(from['data'])['failure']);
    return {
      version: number(from['version']) ?? 0,
      type: text(from['type']) ?? '',
      at: text(from['at']) ?? '',
      by: text(from['by']),
      message: text(failure['message']),
    };
  });
}

export function readReconciliation(answer: unknown): Reconciliation {
  const from = body(answer);
  return {
    at: text(from['at']) ?? '',
    addsUp: from['addsUp'] === true,
    head: number(from['head']) ?? 0,
    problems: list(from['problems']).map((problem) => text(body(problem)['says']) ?? ''),
    destinations: list(from['destinations']).map((value) => readTerms(body(value))),
  };
}

function readTerms(from: Body): DestinationTerms {
  const term = (name: string) => number(from[name]) ?? 0;
  return {
    id: idText(from['id']),
    name: text(from['name']) ?? idText(from['id']),
    start: term('start'),
    delivered: term('delivered'),
    pending: term('pending'),
    filtered: term('filtered'),
    quarantined: term('quarantined'),
    expired: term('expired'),
    addsUp: from['addsUp'] === true,
  };
}

function namesIn(value: unknown): string[] {
  return list(value).flatMap((each) => text(each) ?? text(body(each)['name']) ?? []);
}

export function readMembers(answer: unknown): Member[] {
  return (Array.isArray(answer) ? answer : list(body(answer)['members'])).map((value) => {
    const from = body(value);
    return {
      user: idText(from['user'] ?? from['id']),
      name: text(from['name']),
      email: text(from['email']),
      admin: from['admin'] === true,
      groups: namesIn(from['groups']),
      roles: namesIn(from['roles']),
      permissions: list(from['permissions']).map(String),
    };
  });
}

export interface TestResult {
  ok: boolean;
  /** What works but should not stay so. */
  warnings: string[];
  message: string;
  code?: string;
  step?: string;
  fix?: string;
  providerCode?: string;
  requestId?: string;
}

export function readTest(answer: unknown): TestResult {
  const from = body(answer);
  const error = readError(from['failure'] ?? from['error'] ?? from);
  const warnings = list(from['warnings']).map(String);
  if (from['ok'] === true || error === null) return { ok: true, message: text(from['key']) ?? '', warnings };
  const { at: _at, ...rest } = error;
  return { ok: false, warnings, ...rest };
}

import { permissionPolicy, trustPolicy } from '../domain/access-policies.ts';
import type { Failure } from '../domain/failure.ts';
import type { HistoryEntry, ShownDestination, ShownWindow } from '../postgres/show-destinations.ts';
import type { TestResult } from '../test-destination.ts';

/** A destination as HTTP shows it: settings, how it is, and what to put on the customer's side. No secret is in it. */
export function destinationBody(
  shown: ShownDestination,
  principalArn: string,
  region: string,
  now: Date,
): object {
  const { state, status, cursor, head, waitingSince, lastSuccess, createdAt, nextAt, failures } = shown;
  const { settings, externalId, org } = state;
  const waiting = waitingSince !== null;
  return {
    id: shown.id,
    org,
    ...settings,
    region: settings.region ?? region,
    externalId,
    state: status,
    backlog: Math.max(0, head - cursor),
    oldestWaiting: waitingSince?.toISOString() ?? null,
    lagSeconds: waiting ? Math.max(0, Math.round((now.getTime() - waitingSince.getTime()) / 1000)) : 0,
    lastSuccess: lastSuccess?.toISOString() ?? null,
    lastError: errorBody(shown.lastFailure ?? state.failure),
    failures,
    nextRetry: failures > 0 && !STOPPED.has(status) ? nextAt.toISOString() : null,
    nextWindow: failures === 0 && !STOPPED.has(status) ? nextAt.toISOString() : null,
    start: shown.start,
    cursor,
    windows: shown.windows,
    objects: shown.objects,
    createdAt: createdAt.toISOString(),
    trustPolicy: trustPolicy(principalArn, externalId),
    permissionPolicy: permissionPolicy(settings),
  };
}

const STOPPED: ReadonlySet<string> = new Set(['paused', 'conflict', 'disabled', 'deleted']);

function errorBody(failure: Failure | null): object | null {
  if (failure === null) return null;
  return Object.fromEntries(Object.entries(failure).filter(([, value]) => value !== null));
}

/** `message` always says how it went, so that a client needs to look at nothing else. */
export function testBody({ ok, key, failure, warnings }: TestResult): object {
  if (failure !== null) return { ok, ...errorBody(failure), warnings };
  return { ok, message: `The test object ${key ?? ''} was written.`, key, warnings };
}

export function windowBody({ openedAt, plannedAt, deliveredAt, ...window }: ShownWindow): object {
  return {
    ...window,
    openedAt: openedAt.toISOString(),
    plannedAt: plannedAt?.toISOString() ?? null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
  };
}

export function historyBody({ at, ...entry }: HistoryEntry): object {
  return { ...entry, at: at.toISOString() };
}

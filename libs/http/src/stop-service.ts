import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditoriumError } from '@auditorium/events';
import type { Logger } from '@auditorium/telemetry';
import type { INestApplication } from '@nestjs/common';
import type { ServiceState } from './service-state.ts';

export interface StopOptions {
  readonly app: INestApplication;
  readonly state: ServiceState;
  readonly log: Logger;
  readonly drain: () => Promise<void>;
}

/** Orchestrators kill after 30 s; what is not done by then is given up while there is still time to say so. */
const DEADLINE_MS = 25_000;
/** Requests, a long export among them, may take this long to finish; then their connections are cut. */
const REQUESTS_MS = 15_000;

/**
 * Not ready any more → no new connections, requests under way finish, work drains → resources close.
 * @throws AuditoriumError `stopping` when 25 s were not enough.
 */
export async function stopService({ app, state, log, drain }: StopOptions): Promise<void> {
  state.stopping = true;
  const deadline = new AbortController();
  const late = sleep(DEADLINE_MS, undefined, { signal: deadline.signal, ref: false }).then(
    () =>
      Promise.reject(
        new AuditoriumError('stopping', `not everything had ended after ${String(DEADLINE_MS / 1000)} s`),
      ),
    () => undefined,
  );
  const orderly = (async () => {
    await Promise.all([closeServer(app.getHttpServer() as Server), drain()]);
    await app.close();
    log.info('stopped');
  })();
  try {
    await Promise.race([orderly, late]);
  } finally {
    deadline.abort();
  }
}

/** A kept connection turns idle when its request ends, perhaps after `close` looked; so idle ones are looked for again. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), REQUESTS_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

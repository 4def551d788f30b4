import { AuditoriumError, isAuditoriumError } from '@auditorium/events';
import { inTransaction } from '@auditorium/postgres';
import type { Reached } from '@auditorium/telemetry';
import type pg from 'pg';
import type { ActorId } from './postgres/actor-store.ts';

/** Killed before the commit, nothing happened and whoever asked asks again; after it, the record is published later. */
export const ACTOR_CRASH_POINTS = ['change-actor.before-commit', 'change-actor.after-commit'] as const;
export type ActorCrashPoint = (typeof ACTOR_CRASH_POINTS)[number];

export interface ActorDependencies {
  readonly pool: pg.Pool;
  readonly reached: Reached<ActorCrashPoint>;
  /** Tells the publisher that there is something new. */
  readonly wake: () => void;
}

const ATTEMPTS = 3;

/** Both acts may be carried out twice and come out alike, so a lost COMMIT answer is answered by doing it again. */
export async function inActorTransaction<T>(
  { pool, reached, wake }: ActorDependencies,
  act: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await inTransaction(pool, async (client) => {
        const done = await act(client);
        await reached('change-actor.before-commit');
        return done;
      });
      await reached('change-actor.after-commit');
      wake();
      return result;
    } catch (error) {
      if (attempt === ATTEMPTS || !isWorthRepeating(error)) throw error;
    }
  }
}

function isWorthRepeating(error: unknown): boolean {
  if (error instanceof AuditoriumError) return isAuditoriumError(error, 'commit-unknown');
  const { code } = error as { code?: unknown };
  return code === '40P01' || code === '40001';
}

/** The target of an audit event about an actor of any type. */
export function targetOf({ type, id }: ActorId): { type: 'actor'; id: string } {
  return { type: 'actor', id: `${type}/${id}` };
}

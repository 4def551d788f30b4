import type { Topics } from '@auditorium/events';
import type pg from 'pg';
import type { CrashControl } from '../crash/crash-control.ts';
import type { FaultServers } from '../system/fault-servers.ts';
import type { Instance } from '../system/instances.ts';
import type { Ghosts } from './ghosts.ts';

/** What attacks are aimed at. */
export interface Target {
  readonly servers: FaultServers;
  readonly instances: readonly Instance[];
  readonly control: CrashControl;
  readonly ghosts: Ghosts;
  readonly topics: Topics;
  /** The system's database, past every check. */
  readonly database: pg.Pool;
}

import type { MigrateOptions } from '@auditorium/postgres';
import { outboxMigration } from '@auditorium/sdk';
import { Segments1700000000001 } from './001-segments.ts';
import { Destinations1700000000002 } from './002-destinations.ts';
import { Stopped1700000000004 } from './004-stopped.ts';

/** The schema `delivery`, in order. */
export const MIGRATIONS: MigrateOptions['migrations'] = [
  Segments1700000000001,
  Destinations1700000000002,
  outboxMigration({ schema: 'delivery' }, 1_700_000_000_003),
  Stopped1700000000004,
];

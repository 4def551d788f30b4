import { outboxMigration } from '@auditorium/sdk';
import { CreateDirectory1763683200000 } from './create-directory.ts';

/** The schema of this service; nobody else writes there. */
export const SCHEMA = 'directory';

/** Every migration, oldest first. */
export const ALL_MIGRATIONS = [
  CreateDirectory1763683200000,
  outboxMigration({ schema: SCHEMA }, 1_763_683_200_001),
];

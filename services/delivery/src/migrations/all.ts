import type { MigrateOptions } from '@auditorium/postgres';
import { Segments1700000000001 } from './001-segments.ts';
import { Destinations1700000000002 } from './002-destinations.ts';

/** The schema `delivery`, in order. */
export const MIGRATIONS: MigrateOptions['migrations'] = [Segments1700000000001, Destinations1700000000002];

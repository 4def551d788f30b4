import type { MigrateOptions } from '@auditorium/postgres';
import { Segments1700000000001 } from './001-segments.ts';

/** The schema `delivery`, in order. */
export const MIGRATIONS: MigrateOptions['migrations'] = [Segments1700000000001];

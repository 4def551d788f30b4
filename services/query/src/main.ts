import 'reflect-metadata';
import { runMain } from '@auditorium/http';
import { crashPoints } from '@auditorium/telemetry';
import { loadQuerySettings } from './settings.ts';
import { startQuery } from './start-query.ts';

await runMain('query', () =>
  startQuery({
    settings: loadQuerySettings(),
    reached: crashPoints(),
    // Thrown where nobody catches it: logged as fatal, exit code 1, and the orchestrator starts anew.
    onFatal: (error) => void Promise.reject(error as Error),
  }),
);

import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { runMain } from '@auditorium/http';
import { loadSettings } from '@auditorium/settings';
import { consoleSettings } from './settings.ts';
import { startConsole } from './start-console.ts';

await runMain('console', () =>
  startConsole(loadSettings(consoleSettings), fileURLToPath(new URL('./web', import.meta.url))),
);

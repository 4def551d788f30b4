import { runMain } from '@auditorium/http';
import { loadSettings } from '@auditorium/settings';
import { crashPoints } from '@auditorium/telemetry';
import { directorySettings } from './settings.ts';
import { startDirectory } from './start-directory.ts';

await runMain('directory', () => startDirectory(loadSettings(directorySettings), { reached: crashPoints() }));

/** Enrichment as a process that kills itself at a crash point: KILL_AT, the KILL_COUNTth time. */
import { loadSettings } from '@auditorium/settings';
import { createLogger } from '@auditorium/telemetry';
import { openEnrichment } from '../src/open-enrichment.ts';
import { enrichmentSettings } from '../src/settings.ts';

const { KILL_AT: killAt, KILL_COUNT: killCount } = process.env;
let passed = 0;

const enrichment = await openEnrichment(
  loadSettings(enrichmentSettings),
  createLogger({ service: 'enrichment', level: 'silent' }),
  (point) => {
    if (point !== killAt) return;
    passed += 1;
    if (passed === Number(killCount)) process.kill(process.pid, 'SIGKILL');
  },
);
process.once('SIGTERM', () => {
  void enrichment
    .drain()
    .then(() => enrichment.close())
    .then(() => process.exit(0));
});
await enrichment.caughtUp;
await enrichment.transport.listen((error) => {
  if (error instanceof Error) throw error;
});

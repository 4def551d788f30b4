import 'reflect-metadata';
import { bootstrap, runMain } from '@auditorium/http';
import { loadSettings } from '@auditorium/settings';
import { crashPoints, createLogger } from '@auditorium/telemetry';
import { AppModule } from './app.module.ts';
import { openEnrichment } from './open-enrichment.ts';
import { enrichmentSettings } from './settings.ts';

await runMain('enrichment', async () => {
  const settings = loadSettings(enrichmentSettings);
  const log = createLogger({ service: 'enrichment', level: settings.AUDITORIUM_LOG_LEVEL });
  const enrichment = await openEnrichment(settings, log, crashPoints());
  const { app } = await bootstrap({
    module: AppModule.over(enrichment),
    settings,
    log,
    service: 'enrichment',
    readiness: () => ({
      postgresql: () => enrichment.pool.query('SELECT 1'),
      directory: () => enrichment.caughtUp,
      raw: async () => enrichment.ready(),
    }),
    drain: () => enrichment.drain(),
  });
  // An event of the first second must find its org's name: the directory is read to its end first.
  await enrichment.caughtUp;
  app.connectMicroservice({ strategy: enrichment.transport });
  await app.startAllMicroservices();
});

import { setTimeout as sleep } from 'node:timers/promises';
import { topicsOf } from '@auditorium/events';
import { createProducer } from '@auditorium/kafka';
import { createRelay } from '@auditorium/sdk';
import { createLogger, type Logger } from '@auditorium/telemetry';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { AppModule } from './app.module.ts';
import { createDemoAudit } from './audit.ts';
import { databaseUrl, openDatabase } from './database.ts';
import { addFounders, identifyMembers } from './people.ts';
import type { DemoSettings } from './settings.ts';
import { playTraffic } from './traffic/traffic.ts';

/** The product while it runs. */
export interface DemoProduct {
  readonly url: string;
  readonly source: DataSource;
  stop(): Promise<void>;
}

const IDENTIFY_AGAIN_MS = 5000;

/** Starts database, API, relay and traffic, in this order; stops them in the other. */
export async function startDemoProduct(settings: DemoSettings): Promise<DemoProduct> {
  const log = createLogger({ service: 'demo-product', level: settings.AUDITORIUM_LOG_LEVEL });
  const orgs = settings.AUDITORIUM_DEMO_ORGS;
  const audit = createDemoAudit(settings);
  const source = await openDatabase(databaseUrl(settings));
  await addFounders(source, orgs);
  const { app, url } = await listen(settings, AppModule.with({ source, audit, orgs, log }));
  const relay = startRelay(settings, log);
  const stopping = new AbortController();
  const identified = untilDone(() => identifyMembers(source, audit, orgs), log, stopping.signal);
  const eventsPerMinute = settings.AUDITORIUM_DEMO_EVENTS_PER_MINUTE;
  const traffic = playTraffic(
    { url, source, orgs, eventsPerMinute, log, random: Math.random },
    stopping.signal,
  );
  log.info({ url, orgs, eventsPerMinute }, 'the demo product is up');
  return {
    url,
    source,
    stop: async () => {
      stopping.abort();
      await Promise.all([traffic, identified]);
      await app.close();
      await relay.stop();
      await source.destroy();
    },
  };
}

async function listen(
  settings: DemoSettings,
  module: ReturnType<typeof AppModule.with>,
): Promise<{ app: NestExpressApplication; url: string }> {
  const app = await NestFactory.create<NestExpressApplication>(module, { logger: ['error', 'fatal'] });
  // Only this machine may say for whom it asks.
  app.set('trust proxy', 'loopback');
  await app.listen(settings.AUDITORIUM_PORT, settings.AUDITORIUM_HOST);
  const { port } = new URL(await app.getUrl());
  return { app, url: `http://127.0.0.1:${port}` };
}

function startRelay(settings: DemoSettings, log: Logger): { stop: () => Promise<void> } {
  const pool = new pg.Pool({
    connectionString: databaseUrl(settings),
    max: 2,
    application_name: 'demo-product relay',
  });
  // The relay hears of its own connection; this is for one that is idle in the pool.
  pool.on('error', (err) => log.warn({ err }, 'a database connection was lost'));
  const producer = createProducer({ brokers: settings.AUDITORIUM_KAFKA_BROKERS, clientId: 'demo-product' });
  const topic = topicsOf(settings.AUDITORIUM_TOPIC_PREFIX).raw;
  const relay = createRelay({ pool, producer, topic, partitions: settings.AUDITORIUM_PARTITIONS, log });
  relay.start();
  return {
    stop: async () => {
      await relay.close();
      await producer.close();
      await pool.end();
    },
  };
}

/** Names can wait for the directory; events cannot wait for names. */
async function untilDone(work: () => Promise<void>, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (err) {
      log.warn({ err }, 'the members were not reported; tried again');
      await sleep(IDENTIFY_AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

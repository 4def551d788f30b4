import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, flushTelemetry } from '@auditorium/telemetry';
import type { Logger } from '@auditorium/telemetry';
import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import { Logger as NestPino } from 'nestjs-pino';
import { HttpFoundation } from './http-foundation.ts';
import type { ReadinessCheck } from './readiness.ts';
import { ServiceState } from './service-state.ts';
import { stopService } from './stop-service.ts';
import { createTokenVerifier } from './token-verifier.ts';
import type { TokenVerifier } from './token-verifier.ts';

const PRIVATE_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The part of a service's settings that its HTTP goes by: `httpSettings` and `oidcSettings` of `@auditorium/settings`. */
export interface HttpServiceSettings {
  readonly AUDITORIUM_HOST: string;
  readonly AUDITORIUM_PORT: number;
  readonly AUDITORIUM_LOG_LEVEL: string;
  readonly AUDITORIUM_TRUSTED_PROXIES?: readonly string[];
  readonly AUDITORIUM_OIDC_ISSUER?: string;
  readonly AUDITORIUM_OIDC_AUDIENCE?: string;
  readonly AUDITORIUM_OPERATORS?: readonly string[];
  readonly AUDITORIUM_SERVICE_SUBJECTS?: readonly string[];
}

export interface BootstrapOptions {
  /** The service's own root module. */
  readonly module: Type | DynamicModule;
  readonly settings: HttpServiceSettings;
  /** Name of the service in logs and in the API description. */
  readonly service: string;
  /** `none` for a server of public files; otherwise every route asks for a token unless it says `@Public()`. */
  readonly auth?: 'oidc' | 'none';
  /** What must work for the service to be of use, by name; each throws when it does not. */
  readonly readiness?: (app: NestExpressApplication) => Record<string, ReadinessCheck>;
  /**
   * Stop taking work and bring what is under way to its end; called while requests are still being answered. Pools and
   * clients are closed afterwards, in `onApplicationShutdown` of their module.
   */
  readonly drain?: (app: NestExpressApplication) => Promise<void>;
  readonly log?: Logger;
}

export interface RunningService {
  readonly app: NestExpressApplication;
  readonly log: Logger;
  /** Where it listens, with the port that was really taken. */
  readonly url: string;
  /** Drains and closes as SIGTERM does, without ending the process. */
  stop(): Promise<void>;
}

/**
 * Starts a service's HTTP and arranges its end: at SIGTERM or SIGINT readiness turns false, requests and `drain` finish,
 * resources close, the process exits 0; whatever is not done after 25 s is given up with exit code 1.
 */
export async function bootstrap(options: BootstrapOptions): Promise<RunningService> {
  const { settings, service } = options;
  const log = options.log ?? createLogger({ service, level: settings.AUDITORIUM_LOG_LEVEL });
  const state = new ServiceState();
  const verifier = options.auth === 'none' ? undefined : verifierOf(settings);
  const app = await NestFactory.create<NestExpressApplication>(rootOf(options.module, log, state, verifier), {
    bufferLogs: true,
  });
  app.useLogger(app.get(NestPino));
  app.disable('x-powered-by');
  // The console's server stands before us on a private network; an address that a stranger claims is not believed.
  app.set('trust proxy', settings.AUDITORIUM_TRUSTED_PROXIES ?? PRIVATE_NETWORKS);
  app.useBodyParser('json', { limit: '1mb', type: ['application/json', 'application/*+json'] });
  app.use(safeHeaders(state));
  state.describe = once(() => SwaggerModule.createDocument(app, description(service)));
  await app.listen(settings.AUDITORIUM_PORT, settings.AUDITORIUM_HOST);
  state.checks = {
    ...(verifier && { 'identity-provider': () => verifier.ready() }),
    ...options.readiness?.(app),
  };
  const url = addressOf(app.getHttpServer() as Server, settings.AUDITORIUM_HOST);
  log.info({ url }, 'listening');
  const end = once(() =>
    stopService({ app, state, log, drain: () => options.drain?.(app) ?? Promise.resolve() }),
  );
  const forgetSignals = exitOnSignals(end, log);
  return { app, log, url, stop: () => end().finally(forgetSignals) };
}

function rootOf(
  module: Type | DynamicModule,
  log: Logger,
  state: ServiceState,
  verifier?: TokenVerifier,
): Type {
  @Module({ imports: [HttpFoundation.with({ log, state, ...(verifier && { verifier }) }), module] })
  class Root {}
  return Root;
}

function verifierOf(settings: HttpServiceSettings): TokenVerifier {
  const issuer = settings.AUDITORIUM_OIDC_ISSUER;
  if (issuer === undefined) throw new Error('AUDITORIUM_OIDC_ISSUER is needed unless auth is none');
  return createTokenVerifier({
    issuer,
    audience: settings.AUDITORIUM_OIDC_AUDIENCE ?? 'auditorium',
    operators: settings.AUDITORIUM_OPERATORS ?? [],
    serviceSubjects: settings.AUDITORIUM_SERVICE_SUBJECTS ?? [],
  });
}

/** Answers are somebody's audit log: no cache keeps them. While stopping, connections are not kept either. */
function safeHeaders(state: ServiceState) {
  return (request: Request, response: Response, next: NextFunction): void => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (/^\/(api|internal)\//.test(request.path)) response.setHeader('Cache-Control', 'no-store');
    if (state.stopping) response.setHeader('Connection', 'close');
    next();
  };
}

function description(service: string) {
  return new DocumentBuilder()
    .setTitle(`Auditorium ${service}`)
    .setVersion('1')
    .addBearerAuth()
    .addSecurityRequirements('bearer')
    .build();
}

function addressOf(server: Server, host: string): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name}:${String((server.address() as AddressInfo).port)}`;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A second signal does not hurry it: the orchestrator has its own SIGKILL for that. */
function exitOnSignals(stop: () => Promise<void>, log: Logger): () => void {
  const exit = (code: number) => void flushTelemetry().finally(() => process.exit(code));
  const onSignal = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'stopping');
    stop().then(
      () => exit(0),
      (err: unknown) => {
        log.fatal({ err }, 'could not stop in order');
        exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => SIGNALS.forEach((signal) => process.off(signal, onSignal));
}

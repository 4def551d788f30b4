import type { Transaction } from '@auditorium/sdk';
import type { IncomingRequest } from '@auditorium/sdk/nest';
import { AuditModule } from '@auditorium/sdk/nest';
import type { Logger } from '@auditorium/telemetry';
import type { DynamicModule } from '@nestjs/common';
import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import type { DataSource } from 'typeorm';
import type { DemoAudit } from './audit.ts';
import { bearerOf } from './http/current-member.ts';
import { HealthController } from './http/health.controller.ts';
import { MembersOnlyModule } from './http/members-only.module.ts';
import { Product } from './product.ts';
import { DATA_SOURCE, PRODUCT } from './tokens.ts';

/** What the application is made of. */
export interface AppParts {
  readonly source: DataSource;
  readonly audit: DemoAudit;
  readonly orgs: readonly string[];
  readonly log: Logger;
}

/** The composition root. */
@Module({})
export class AppModule {
  static with({ source, audit, orgs, log }: AppParts): DynamicModule {
    return {
      module: AppModule,
      global: true,
      imports: [
        // Before the module with the guard, so that what the guard refuses is audited as well.
        AuditModule.forRoot({
          audit,
          transaction: (work) => source.transaction((tx) => work(tx as Transaction)),
          orgOf: (request) => orgOf(request, orgs),
          actorOf: (request) => ({ type: 'user', id: bearerOf(request) ?? 'anonymous' }),
          onLost: (err, action) =>
            log.error({ err, action }, 'the event of a refused request was not recorded'),
        }),
        MembersOnlyModule,
      ],
      controllers: [HealthController],
      providers: [
        { provide: DATA_SOURCE, useValue: source },
        { provide: PRODUCT, useValue: new Product(source, audit) },
        { provide: APP_PIPE, useValue: new StandardSchemaValidationPipe() },
      ],
      exports: [DATA_SOURCE, PRODUCT],
    };
  }
}

/** Only organisations that there are: a path that somebody made up must not become an organisation's event. */
function orgOf({ originalUrl = '' }: IncomingRequest, orgs: readonly string[]): string | undefined {
  const org = /^\/orgs\/([^/?]+)/.exec(originalUrl)?.[1];
  return org !== undefined && orgs.includes(org) ? org : undefined;
}

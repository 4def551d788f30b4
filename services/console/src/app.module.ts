import { type DynamicModule, Inject, type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { securityHeaders } from './domain/security-headers.ts';
import { createForwarder } from './http/forwarder.ts';
import { ForwardController } from './http/forward-controller.ts';
import { Site } from './http/site.ts';
import { SiteController } from './http/site-controller.ts';
import type { ConsoleSettings } from './settings.ts';
import { FORWARDER, SETTINGS, SITE } from './tokens.ts';

/** The composition root: the public surface before the page, which answers every address that is left. */
@Module({})
export class AppModule implements NestModule {
  readonly #settings: ConsoleSettings;
  constructor(@Inject(SETTINGS) settings: ConsoleSettings) {
    this.#settings = settings;
  }

  configure(consumer: MiddlewareConsumer): void {
    const headers = securityHeaders(
      this.#settings.AUDITORIUM_OIDC_ISSUER,
      this.#settings.AUDITORIUM_CONSOLE_CONNECT_ORIGINS,
    );
    const secure = (_: Request, response: Response, next: NextFunction): void => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      next();
    };
    consumer.apply(secure).forRoutes('{*path}');
  }

  static with(settings: ConsoleSettings, webFolder: string): DynamicModule {
    return {
      module: AppModule,
      controllers: [ForwardController, SiteController],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: SITE, useFactory: () => new Site(webFolder) },
        { provide: FORWARDER, useFactory: () => createForwarder(settings) },
      ],
    };
  }
}

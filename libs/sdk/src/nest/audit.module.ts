import type {
  DynamicModule,
  FactoryProvider,
  MiddlewareConsumer,
  ModuleMetadata,
  NestModule,
  Provider,
} from '@nestjs/common';
import { Global, Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditContextMiddleware } from './audit-context.middleware.ts';
import type { AuditModuleOptions } from './audit-module-options.ts';
import { AUDIT, AUDIT_MODULE_OPTIONS } from './audit-module-options.ts';
import { AuditedInterceptor } from './audited.interceptor.ts';
import { RefusalGuard } from './refusal.guard.ts';
import { RouteRecorder } from './route-recorder.ts';

/** Options that need other providers. */
export interface AuditModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...injected: never[]) => AuditModuleOptions | Promise<AuditModuleOptions>;
}

/**
 * The SDK in a Nest application: the request context for every route, `@Audited()`, and the audit under the token `AUDIT`.
 * Import it before modules with global guards, so that their refusals are seen.
 */
@Global()
@Module({})
export class AuditModule implements NestModule {
  static forRoot(options: AuditModuleOptions): DynamicModule {
    return moduleOf({ provide: AUDIT_MODULE_OPTIONS, useValue: options }, []);
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: AuditModuleAsyncOptions): DynamicModule {
    const provider = { provide: AUDIT_MODULE_OPTIONS, inject, useFactory } as FactoryProvider;
    return moduleOf(provider, imports);
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(AuditContextMiddleware).forRoutes('{*path}');
  }
}

function moduleOf(options: Provider, imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
  return {
    module: AuditModule,
    imports,
    providers: [
      options,
      RouteRecorder,
      AuditContextMiddleware,
      {
        provide: AUDIT,
        inject: [AUDIT_MODULE_OPTIONS],
        useFactory: ({ audit }: AuditModuleOptions) => audit,
      },
      { provide: APP_GUARD, useClass: RefusalGuard },
      { provide: APP_INTERCEPTOR, useClass: AuditedInterceptor },
    ],
    exports: [AUDIT],
  };
}

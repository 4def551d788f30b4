import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Enrichment } from './open-enrichment.ts';

const ENRICHMENT = Symbol('enrichment');

/** The service under Nest: HTTP has health only, raw comes in through the transport. */
@Module({})
export class AppModule implements OnApplicationShutdown {
  readonly #enrichment: Enrichment;

  constructor(@Inject(ENRICHMENT) enrichment: Enrichment) {
    this.#enrichment = enrichment;
  }

  /** After the partitions have been given back. */
  onApplicationShutdown(): Promise<void> {
    return this.#enrichment.close();
  }

  static over(enrichment: Enrichment): DynamicModule {
    return { module: AppModule, providers: [{ provide: ENRICHMENT, useValue: enrichment }] };
  }
}

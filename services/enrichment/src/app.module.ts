import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { GapsController } from './http/gaps.controller.ts';
import { StopsController } from './http/stops.controller.ts';
import { GAPS } from './http/tokens.ts';
import type { Enrichment } from './open-enrichment.ts';

const ENRICHMENT = Symbol('enrichment');

/** The service under Nest: raw comes in through the transport; HTTP is for operators, and tells its health. */
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
    return {
      module: AppModule,
      controllers: [GapsController, StopsController],
      providers: [
        { provide: ENRICHMENT, useValue: enrichment },
        { provide: GAPS, useValue: enrichment.gaps },
      ],
    };
  }
}

import type { InternalClient } from '@auditorium/http';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { DestinationsApi } from './http/destinations-api.ts';
import { DestinationsController } from './http/destinations.controller.ts';
import { GapsController } from './http/gaps.controller.ts';
import { InternalController } from './http/internal.controller.ts';
import { ReconciliationController } from './http/reconciliation.controller.ts';
import { DELIVERY, DESTINATIONS, DIRECTORY, GAPS, LOCATE, RECONCILE } from './http/tokens.ts';
import { locateEvent } from './locate-event.ts';
import type { Delivery } from './open-delivery.ts';
import { destinationTerms } from './postgres/destination-terms.ts';
import { reconcile, type EnrichmentStop, type Projected, type ReconcileDependencies } from './reconcile.ts';
import type { ShowGapsDependencies } from './show-gaps.ts';

/** The HTTP of the service over what `openDelivery` opened. */
@Module({})
export class AppModule implements OnApplicationShutdown {
  constructor(@Inject(DELIVERY) private readonly delivery: Delivery) {}

  /** After requests and roles have ended. */
  onApplicationShutdown(): Promise<void> {
    return this.delivery.close();
  }

  static over(delivery: Delivery, destinations: DestinationsApi): DynamicModule {
    return {
      module: AppModule,
      controllers: [ReconciliationController, DestinationsController, GapsController, InternalController],
      providers: [
        { provide: DELIVERY, useValue: delivery },
        { provide: DESTINATIONS, useValue: destinations },
        { provide: DIRECTORY, useValue: delivery.directory.view },
        { provide: GAPS, useValue: gapsOver(delivery) },
        { provide: RECONCILE, useValue: (org: string) => reconcile(reconcileOver(delivery), org) },
        {
          provide: LOCATE,
          useValue: (org: string, partition: number, rawOffset: number) =>
            locateEvent(delivery, org, partition, rawOffset),
        },
      ],
    };
  }
}

function gapsOver({ pool, settings, topics }: Delivery): ShowGapsDependencies {
  return { pool, brokers: settings.AUDITORIUM_KAFKA_BROKERS, topic: topics.raw };
}

function reconcileOver(delivery: Delivery): ReconcileDependencies {
  const { pool, settings, topics, footers, now, queryClient, enrichmentClient } = delivery;
  return {
    pool,
    topics,
    footers,
    now,
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    partitions: settings.AUDITORIUM_PARTITIONS,
    destinationTerms,
    projectionOf: (org) =>
      asked<Projected>(delivery, queryClient, `/internal/v1/projection?org=${encodeURIComponent(org)}`),
    stops: async () =>
      (await asked<{ stops: EnrichmentStop[] }>(delivery, enrichmentClient, '/internal/v1/stops'))?.stops,
  };
}

/** What another service says; undefined when it cannot be asked. */
async function asked<T>(
  { log }: Delivery,
  client: InternalClient | undefined,
  path: string,
): Promise<T | undefined> {
  return client?.get<T>(path).catch((err: unknown) => {
    log.warn({ err, path }, 'another service could not be asked');
    return undefined;
  });
}

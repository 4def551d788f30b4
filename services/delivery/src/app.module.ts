import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { DestinationsApi } from './http/destinations-api.ts';
import { DestinationsController } from './http/destinations.controller.ts';
import { InternalController } from './http/internal.controller.ts';
import { ReconciliationController } from './http/reconciliation.controller.ts';
import { DELIVERY, DESTINATIONS, DIRECTORY, LOCATE, RECONCILE } from './http/tokens.ts';
import { locateEvent } from './locate-event.ts';
import type { Delivery } from './open-delivery.ts';
import { destinationTerms } from './postgres/destination-terms.ts';
import { reconcile } from './reconcile.ts';

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
      controllers: [ReconciliationController, DestinationsController, InternalController],
      providers: [
        { provide: DELIVERY, useValue: delivery },
        { provide: DESTINATIONS, useValue: destinations },
        { provide: DIRECTORY, useValue: delivery.directory.view },
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

function reconcileOver({ pool, settings, topics, footers, now, queryClient, log }: Delivery) {
  return {
    pool,
    topics,
    footers,
    now,
    brokers: settings.AUDITORIUM_KAFKA_BROKERS,
    partitions: settings.AUDITORIUM_PARTITIONS,
    destinationTerms,
    projectionOf: async (org: string) => {
      const path = `/internal/v1/projection?org=${encodeURIComponent(org)}`;
      return queryClient
        ?.get<{
          last: number;
          events: number;
        }>(path)
        .catch((err: unknown) => {
          log.warn({ err }, 'the view could not be asked');
          return undefined;
        });
    },
  };
}

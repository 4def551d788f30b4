import { topicsOf } from '@auditorium/events';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { EventsController } from './http/events.controller.ts';
import { GapsController } from './http/gaps.controller.ts';
import { ProjectionController, type ProjectionDependencies } from './http/projection.controller.ts';
import { QuarantineController } from './http/quarantine.controller.ts';
import { DIRECTORY, LOG_READING, PROJECTION, QUARANTINE } from './http/tokens.ts';
import { ProjectorController } from './kafka/projector.controller.ts';
import type { Query } from './open-query.ts';

const QUERY = Symbol('query.query');

/** The composition root: HTTP and the projector's transport over what `openQuery` opened. */
@Module({})
export class AppModule implements OnApplicationShutdown {
  constructor(@Inject(QUERY) private readonly query: Query) {}

  /** After requests and consumption have ended. */
  onApplicationShutdown(): Promise<void> {
    return this.query.close();
  }

  static over(query: Query): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        EventsController,
        QuarantineController,
        GapsController,
        ProjectionController,
        ProjectorController,
      ],
      providers: [
        { provide: QUERY, useValue: query },
        { provide: DIRECTORY, useValue: query.directory.view },
        { provide: LOG_READING, useValue: query.reading },
        { provide: QUARANTINE, useValue: query.quarantine },
        { provide: PROJECTION, useValue: projectionOver(query) },
      ],
    };
  }
}

function projectionOver({ pool, reader, settings }: Query): ProjectionDependencies {
  const { AUDITORIUM_PARTITIONS: partitions, AUDITORIUM_KAFKA_BROKERS: brokers } = settings;
  return { pool, reader, partitions, brokers, topic: topicsOf(settings.AUDITORIUM_TOPIC_PREFIX).raw };
}

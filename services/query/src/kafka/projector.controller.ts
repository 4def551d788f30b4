import type { FetchedBatch, KafkaBatchContext } from '@auditorium/kafka';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';

/** What the transport calls the enriched topic, whatever prefix it has in this environment. */
export const ENRICHED = 'enriched';

/** Hands each batch of the enriched topic to the projector of its partition. */
@Controller()
export class ProjectorController {
  @EventPattern(ENRICHED)
  project(@Payload() batch: FetchedBatch, @Ctx() context: unknown): Promise<void> {
    return (context as KafkaBatchContext).task.take(batch);
  }
}

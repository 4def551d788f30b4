import { Controller, Get, Inject } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { DATA_SOURCE } from '../tokens.ts';

/** Whether the process lives, and whether it is of use. */
@Controller()
export class HealthController {
  readonly #source: DataSource;

  constructor(@Inject(DATA_SOURCE) source: DataSource) {
    this.#source = source;
  }

  @Get('livez')
  live(): object {
    return { status: 'ok' };
  }

  /** Kafka is no part of it: with the outbox the product works while Kafka is away. */
  @Get('readyz')
  async ready(): Promise<object> {
    await this.#source.query('SELECT 1');
    return { status: 'ok' };
  }
}

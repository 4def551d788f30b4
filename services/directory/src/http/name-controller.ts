import { ServiceOnly } from '@auditorium/http';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { DirectoryRuntime } from '../directory-runtime.ts';
import { resolveNames } from '../resolve-names.ts';
import { nameQuestions } from './schemas.ts';

/** Names for those who show or send events: the view and the courier. */
@ApiTags('internal')
@Controller('internal/v1/names')
export class NameController {
  readonly #runtime: DirectoryRuntime;
  constructor(@Inject(DirectoryRuntime) runtime: DirectoryRuntime) {
    this.#runtime = runtime;
  }

  @ServiceOnly()
  @HttpCode(200)
  @Post()
  async resolve(
    @Body({ schema: nameQuestions }) { org, actors }: z.infer<typeof nameQuestions>,
  ): Promise<object> {
    return { names: await resolveNames(this.#runtime.pool, org, actors) };
  }
}

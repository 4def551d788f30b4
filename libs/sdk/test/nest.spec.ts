import 'reflect-metadata';
import type { CanActivate } from '@nestjs/common';
import {
  Body,
  Controller,
  Delete,
  ForbiddenException,
  HttpException,
  Inject,
  Module,
  NotFoundException,
  Param,
  Patch,
  Post,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Audit } from '../src/index.ts';
import { createAudit, extendAuditContext } from '../src/index.ts';
import { AUDIT, Audited, AuditModule } from '../src/nest.ts';
import { inTransaction, productDatabase } from './support/product-database.ts';
import { catalogue, projectDeleted, projectRenamed } from './support/shop-catalogue.ts';

class Locked implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

/** A guard that finds out who asks, as those of products do. */
class SignedIn implements CanActivate {
  canActivate(): boolean {
    extendAuditContext({ actor: { type: 'user', id: 'u_ada' } });
    return true;
  }
}

let pool: pg.Pool;
const project = ({ params }: { params: Readonly<Record<string, string>> }) =>
  ({ targets: [{ type: 'project', id: params['id'] ?? '' }] }) as const;

@Controller('projects')
class Projects {
  readonly #audit: Audit<(typeof catalogue)[number]>;

  constructor(@Inject(AUDIT) audit: Audit<(typeof catalogue)[number]>) {
    this.#audit = audit;
  }

  @Delete(':id')
  @UseGuards(SignedIn)
  @Audited(projectDeleted, project)
  delete(@Param('id') id: string): string {
    if (id === 'missing') throw new NotFoundException();
    if (id === 'forbidden') throw new ForbiddenException();
    return 'deleted';
  }

  @Post(':id/locked')
  @UseGuards(Locked)
  @Audited(projectDeleted, project)
  locked(): string {
    return 'never';
  }

  @Patch(':id')
  @UseGuards(SignedIn)
  @Audited(projectRenamed, project)
  rename(@Param('id') id: string, @Body() { name, fail }: { name: string; fail?: boolean }): Promise<void> {
    return inTransaction(pool, async (client) => {
      const targets = [{ type: 'project', id }] as const;
      await this.#audit.record(client, {
        action: 'project.renamed',
        targets,
        before: { name: 'a' },
        after: { name },
      });
      if (fail) throw new HttpException('no', 409);
    });
  }
}

let app: NestExpressApplication;
let url: string;
const lost: string[] = [];
let isOutboxBroken = false;

beforeAll(async () => {
  pool = (await productDatabase()).pool;
  const audit = createAudit({ source: 'shop', catalogue });
  const sdk = AuditModule.forRootAsync({
    useFactory: () => ({
      audit,
      orgOf: () => 'org_acme',
      actorOf: () => ({ type: 'session', id: 'unknown' }),
      transaction: (work) =>
        isOutboxBroken ? Promise.reject(new Error('no database')) : inTransaction(pool, work),
      onLost: (_error: unknown, action: string) => lost.push(action),
    }),
  });
  @Module({ imports: [sdk], controllers: [Projects] })
  class App {}
  app = await NestFactory.create<NestExpressApplication>(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(async () => {
  await app?.close();
  await pool?.end();
});

beforeEach(async () => {
  isOutboxBroken = false;
  lost.length = 0;
  await pool.query('DELETE FROM audit_outbox');
});

interface Recorded {
  readonly type: string;
  readonly subject: string;
  readonly data: { outcome: string; actor: { id: string }; context: Record<string, string>; after?: object };
}

async function recorded(atLeast = 1): Promise<Recorded[]> {
  for (let tries = 0; ; tries += 1) {
    const { rows } = await pool.query<{ event: Buffer }>('SELECT event FROM audit_outbox ORDER BY id');
    if (rows.length >= atLeast || tries === 100) return rows.map(({ event }) => JSON.parse(event.toString()));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const ask = async (method: string, path: string, body?: object): Promise<number> => {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'test',
    'x-request-id': 'r-9',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return response.status;
};

test('a route that ends well is recorded with who asked, from where, and in which trace', async () => {
  expect(await ask('DELETE', '/projects/p1')).toBe(200);
  expect(await recorded()).toMatchObject([
    {
      type: 'project.deleted',
      subject: 'project/p1',
      data: {
        outcome: 'success',
        actor: { id: 'u_ada' },
        context: {
          ip: '127.0.0.1',
          userAgent: 'test',
          requestId: 'r-9',
          traceId: '0af7651916cd43dd8448eb211c80319c',
        },
      },
    },
  ]);
});

test.each([
  ['a handler that fails', 'DELETE', '/projects/missing', 404, 'failure'],
  ['a handler that refuses', 'DELETE', '/projects/forbidden', 403, 'denied'],
  ['a guard that refuses', 'POST', '/projects/p1/locked', 403, 'denied'],
])('%s is recorded as such', async (_what, method, path, status, outcome) => {
  expect(await ask(method, path)).toBe(status);
  expect((await recorded()).map(({ type, data }) => [type, data.outcome])).toEqual([
    ['project.deleted', outcome],
  ]);
});

test('what a handler recorded within its transaction is not told twice; what it rolled back is told as failed', async () => {
  expect(await ask('PATCH', '/projects/p1', { name: 'b' })).toBe(200);
  expect((await recorded()).map(({ data }) => [data.outcome, data.after])).toEqual([
    ['success', { name: 'b' }],
  ]);
  expect(await ask('PATCH', '/projects/p1', { name: 'c', fail: true })).toBe(409);
  expect((await recorded(2)).map(({ data }) => [data.outcome, data.after])).toEqual([
    ['success', { name: 'b' }],
    ['failure', undefined],
  ]);
});

test('an event that cannot be stored is never passed over: a success fails, a refusal is reported', async () => {
  isOutboxBroken = true;
  expect(await ask('DELETE', '/projects/p1')).toBe(500);
  expect(await ask('DELETE', '/projects/missing')).toBe(404);
  expect(lost).toEqual(['project.deleted']);
});

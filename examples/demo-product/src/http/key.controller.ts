import { randomBytes } from 'node:crypto';
import { Audited } from '@auditorium/sdk/nest';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { z } from 'zod';
import { keyCreated, keyRevoked } from '../catalogue.ts';
import { OnPremisesKey } from '../entities.ts';
import type { Product } from '../product.ts';
import { locked, newId } from '../product.ts';
import { PRODUCT } from '../tokens.ts';
import { askedTarget } from './asked-target.ts';
import { NeedsRole, RoleGuard } from './role.guard.ts';

const newKey = z.object({ name: z.string().min(1).max(80) });

const asked = askedTarget('key');

/** Keys of installations on the customer's own premises. The event names a key and never holds it. */
@UseGuards(RoleGuard)
@Controller('orgs/:org/keys')
export class KeyController {
  readonly #product: Product;

  constructor(@Inject(PRODUCT) product: Product) {
    this.#product = product;
  }

  @Get()
  list(@Param('org') org: string): Promise<OnPremisesKey[]> {
    return this.#product.source.getRepository(OnPremisesKey).find({ where: { org }, order: { name: 'ASC' } });
  }

  @Post()
  @NeedsRole('admin')
  @Audited(keyCreated, asked)
  create(
    @Param('org') org: string,
    @Body({ schema: newKey }) { name }: z.infer<typeof newKey>,
  ): Promise<OnPremisesKey & { secret: string }> {
    const secret = randomBytes(24).toString('base64url');
    const key = { id: newId('k'), org, name, ending: secret.slice(-4) };
    return this.#product.change(async (tx) => {
      await tx.insert(OnPremisesKey, key);
      await this.#product.audit.record(tx, {
        action: 'key.created',
        targets: [{ type: 'key', id: key.id, name }],
        after: { name, ending: key.ending },
      });
      return { ...key, secret };
    });
  }

  @Delete(':id')
  @HttpCode(204)
  @NeedsRole('admin')
  @Audited(keyRevoked, asked)
  revoke(@Param('org') org: string, @Param('id') id: string): Promise<void> {
    return this.#product.change(async (tx) => {
      const { name, ending } = await locked(tx, OnPremisesKey, { org, id }, 'key');
      await tx.delete(OnPremisesKey, { org, id });
      await this.#product.audit.record(tx, {
        action: 'key.revoked',
        targets: [{ type: 'key', id, name }],
        before: { name, ending },
      });
    });
  }
}

import { Audited } from '@auditorium/sdk/nest';
import {
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { memberInvited, memberRemoved, memberRoleChanged } from '../catalogue.ts';
import { Member, ROLES } from '../entities.ts';
import type { Product } from '../product.ts';
import { locked, newId } from '../product.ts';
import { PRODUCT } from '../tokens.ts';
import { askedTarget } from './asked-target.ts';
import { CurrentMember } from './current-member.ts';
import { NeedsRole, RoleGuard } from './role.guard.ts';

const role = z.enum(ROLES);
const invitation = z.object({
  name: z.string().min(1).max(80),
  email: z.email(),
  role: role.default('viewer'),
});
const roleChange = z.object({ role });

const asked = askedTarget('user', 'user');

/** The people of an organisation. Whoever joins is reported to Auditorium, where names are kept apart from events. */
@UseGuards(RoleGuard)
@Controller('orgs/:org/members')
export class MemberController {
  readonly #product: Product;

  constructor(@Inject(PRODUCT) product: Product) {
    this.#product = product;
  }

  @Get()
  list(@Param('org') org: string): Promise<Member[]> {
    return this.#product.source.getRepository(Member).find({ where: { org }, order: { user: 'ASC' } });
  }

  @Post()
  @NeedsRole('admin')
  @Audited(memberInvited, asked)
  async invite(
    @Param('org') org: string,
    @Body({ schema: invitation }) body: z.infer<typeof invitation>,
  ): Promise<Member> {
    const { audit } = this.#product;
    const member = await this.#product.change(async (tx) => {
      if (await tx.existsBy(Member, { org, email: body.email })) {
        throw new ConflictException(`${body.email} is a member already`);
      }
      const invited = tx.create(Member, { org, user: newId('u'), ...body });
      await tx.insert(Member, invited);
      const metadata = { email: body.email, role: body.role };
      await audit.record(tx, {
        action: 'member.invited',
        targets: [{ type: 'user', id: invited.user }],
        metadata,
      });
      return invited;
    });
    await audit.identify({
      org,
      id: member.user,
      name: member.name,
      email: member.email,
      roles: [member.role],
    });
    return member;
  }

  @Patch(':user')
  @NeedsRole('admin')
  @Audited(memberRoleChanged, asked)
  changeRole(
    @Param('org') org: string,
    @Param('user') user: string,
    @Body({ schema: roleChange }) body: z.infer<typeof roleChange>,
  ): Promise<Member> {
    return this.#product.change(async (tx) => {
      const before = await locked(tx, Member, { org, user }, 'member');
      const change = { before: { role: before.role }, after: { role: body.role } };
      await this.#product.audit.record(tx, {
        action: 'member.role-changed',
        targets: [{ type: 'user', id: user }],
        ...change,
      });
      await tx.update(Member, { org, user }, body);
      return Object.assign(before, body);
    });
  }

  @Delete(':user')
  @HttpCode(204)
  @NeedsRole('admin')
  @Audited(memberRemoved, asked)
  remove(
    @Param('org') org: string,
    @Param('user') user: string,
    @CurrentMember() caller: Member,
  ): Promise<void> {
    return this.#product.change(async (tx) => {
      if (user === caller.user) throw new ConflictException('nobody removes themself');
      const { role: last } = await locked(tx, Member, { org, user }, 'member');
      await tx.delete(Member, { org, user });
      await this.#product.audit.record(tx, {
        action: 'member.removed',
        targets: [{ type: 'user', id: user }],
        before: { role: last },
      });
    });
  }
}

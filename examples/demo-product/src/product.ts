import { randomUUID } from 'node:crypto';
import { ConflictException, NotFoundException } from '@nestjs/common';
import type { DataSource, EntityManager, EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { DemoAudit } from './audit.ts';
import { Integration, Project } from './entities.ts';

/** What every use case of the product has at hand. */
export class Product {
  readonly source: DataSource;
  readonly audit: DemoAudit;

  constructor(source: DataSource, audit: DemoAudit) {
    this.source = source;
    this.audit = audit;
  }

  /** Runs a change and its event in one transaction: both are kept, or neither is. */
  change<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.source.transaction(work);
  }
}

/** An id that says what it is of. */
export function newId(kind: string): string {
  return `${kind}_${randomUUID().slice(0, 8)}`;
}

/** The row, locked until the transaction ends, so that `before` is what the change really replaced. */
export async function locked<E extends ObjectLiteral>(
  tx: EntityManager,
  entity: EntityTarget<E>,
  where: FindOptionsWhere<E>,
  what: string,
): Promise<E> {
  const found = await tx.findOne(entity, { where, lock: { mode: 'pessimistic_write' } });
  if (found === null) throw new NotFoundException(`there is no such ${what}`);
  return found;
}

/** The project by its id, in the organisation. */
export function lockedProject(tx: EntityManager, org: string, id: string): Promise<Project> {
  return locked(tx, Project, { org, id }, 'project');
}

/** The integration by its id, in the organisation. */
export function lockedIntegration(tx: EntityManager, org: string, id: string): Promise<Integration> {
  return locked(tx, Integration, { org, id }, 'integration');
}

/** Names of projects are their organisation's own. */
export async function requireFreeName(tx: EntityManager, org: string, name: string): Promise<void> {
  if (await tx.existsBy(Project, { org, name }))
    throw new ConflictException(`there is a project ${name} already`);
}

/** A project as the target of an event. */
export function projectTarget({ id, name }: { id: string; name: string }): {
  type: 'project';
  id: string;
  name: string;
} {
  return { type: 'project', id, name };
}

/** An integration as the target of an event. */
export function integrationTarget({ id, name }: Integration): {
  type: 'integration';
  id: string;
  name: string;
} {
  return { type: 'integration', id, name };
}

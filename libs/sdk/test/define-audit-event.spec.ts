import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import type { AuditEventInput } from '../src/index.ts';
import { catalogueDocument, createAudit, defineAuditEvent } from '../src/index.ts';
import { catalogue, memberInvited, type projectRenamed } from './support/shop-catalogue.ts';

const audit = createAudit({ source: 'shop/projects', catalogue });
type Input = Parameters<typeof audit.record>[1];

test('Beyond 13 the catalogue gives the types of what may be recorded', () => {
  expectTypeOf<Input['action']>().toEqualTypeOf<'project.renamed' | 'member.invited' | 'project.deleted'>();
  type Renamed = Extract<AuditEventInput<typeof projectRenamed>, { outcome?: 'success' }>;
  expectTypeOf<Renamed['before']>().toEqualTypeOf<{ name: string }>();
  expectTypeOf<Renamed['targets'][0]['type']>().toEqualTypeOf<'project'>();
});

test('Beyond 13 an unknown action or a missing field does not compile', () => {
  const target = [{ type: 'project', id: 'p1' }] as const;
  const accept = (input: Input): Input => input;
  accept({ action: 'project.deleted', targets: target });
  accept({ action: 'project.renamed', targets: target, before: { name: 'a' }, after: { name: 'b' } });
  accept({ action: 'project.renamed', targets: target, outcome: 'denied' });
  // @ts-expect-error -- no such action
  accept({ action: 'project.exploded', targets: target });
  // @ts-expect-error -- a success must say what it became
  accept({ action: 'project.renamed', targets: target, before: { name: 'a' } });
  // @ts-expect-error -- the name is a string
  accept({ action: 'project.renamed', targets: target, before: { name: 1 }, after: { name: 'b' } });
  // @ts-expect-error -- nothing of the kind is declared
  accept({ action: 'project.deleted', targets: target, metadata: { reason: 'x' } });
  // @ts-expect-error -- the subject of an invitation is a member
  accept({ action: 'member.invited', targets: target, metadata: { email: 'a@b.example' } });
  // @ts-expect-error -- the address is missing
  accept({ action: 'member.invited', targets: [{ type: 'member', id: 'm1' }], metadata: {} });
  // @ts-expect-error -- without a target nobody knows what it was done to
  accept({ action: 'project.deleted', targets: [] });
});

test('a mistake in the catalogue itself is told when the product starts', () => {
  const deleted = { version: 1, targets: ['project'], summary: '{actor} did it' } as const;
  expect(() => defineAuditEvent({ ...deleted, action: 'Deleted' })).toThrow('not noun.verb');
  expect(() =>
    defineAuditEvent({ ...deleted, action: 'project.deleted', summary: '{metadata.why}' }),
  ).toThrow('{metadata.why}');
  expect(() =>
    defineAuditEvent({
      ...deleted,
      action: 'project.deleted',
      metadata: z.object({ a: z.string() }),
      summary: '{metadata.b}',
    }),
  ).toThrow('{metadata.b}');
  expect(() => createAudit({ source: 's', catalogue: [memberInvited, memberInvited] })).toThrow('twice');
});

test('WS6 the catalogue says which fields hold personal data', () => {
  expect(memberInvited.personal).toEqual(['metadata.email']);
  const document = catalogueDocument(audit);
  expect(document.map(({ action }) => action)).toEqual([
    'project.renamed',
    'member.invited',
    'project.deleted',
  ]);
  expect(document[1]?.dataschema).toBe('urn:auditorium:event:shop%2Fprojects:member.invited:2');
  expect(JSON.parse(JSON.stringify(document))[1].schemas.metadata.properties.email).toMatchObject({
    format: 'email',
    personal: true,
  });
});

import {
  createBucket,
  createCustomer,
  createS3FaultProxy,
  faultWhile,
  onSts,
  platformCredentials,
  S3_FAULTS,
  type S3FaultName,
  type S3FaultProxy,
  useServers,
} from '@auditorium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assumedRole, createS3Store, type ObjectStore } from '../src/index.ts';

let proxy: S3FaultProxy;
let store: ObjectStore;
/** The same bucket, past the proxy. */
let truth: ObjectStore;

beforeAll(async () => {
  const { s3Endpoint } = await useServers();
  const credentials = await platformCredentials();
  proxy = await createS3FaultProxy(s3Endpoint);
  const bucket = await createBucket();
  const common = { region: 'us-east-1', pathStyle: true, bucket, credentials: async () => credentials };
  store = createS3Store({ ...common, endpoint: proxy.endpoint, timeoutMs: 400 });
  truth = createS3Store({ ...common, endpoint: s3Endpoint });
});

afterAll(async () => {
  await Promise.all([store.close(), truth.close(), proxy.close()]);
});

const names = Object.keys(S3_FAULTS) as S3FaultName[];
const BODY = Buffer.from('a line\n'.repeat(40));
/** These tell of a fault that only somebody else can mend, and keep a destination's owner busy for nothing. */
const BLAMES = [
  's3-access-denied',
  's3-wrong-region',
  's3-no-key',
  's3-no-bucket',
  's3-invalid',
  'sts-access-denied',
];

async function outcomeOf<T>(call: Promise<T>): Promise<{ value: T } | { code: string; retryable: boolean }> {
  return call.then(
    (value) => ({ value }),
    (error: { code: string; retryable: boolean }) => ({ code: error.code, retryable: error.retryable }),
  );
}

function expectPassing(outcome: Awaited<ReturnType<typeof outcomeOf>>): void {
  if ('value' in outcome) return;
  expect(BLAMES).not.toContain(outcome.code);
  expect(outcome.retryable).toBe(true);
}

describe.each(names)('%s', (name) => {
  const during = async <T>(call: () => Promise<T>): ReturnType<typeof outcomeOf<T>> => {
    proxy.script(() => S3_FAULTS[name]);
    const outcome = await outcomeOf(call());
    proxy.heal();
    return outcome;
  };

  it('never makes a write look done that is not, and leaves it to be tried again', async () => {
    const key = `put/${names.indexOf(name)}`;
    const outcome = await during(() => store.putIfAbsent(key, BODY));
    const there = (await truth.head(key)) !== undefined;
    if ('value' in outcome) expect(there).toBe(true);
    expectPassing(outcome);
    expect((await store.putIfAbsent(key, BODY)).outcome).toBe(there ? 'exists' : 'written');
    expect(await truth.get(key)).toEqual(BODY);
  });

  it('never makes a read give what is not there, or less than there is', async () => {
    const folder = `read/${names.indexOf(name)}/`;
    for (const n of [1, 2]) await truth.putIfAbsent(`${folder}${n}`, BODY);
    const whole = await during(() => store.get(`${folder}1`));
    const part = await during(() => store.get(`${folder}1`, { from: 2, to: 60 }));
    const end = await during(() => store.tail(`${folder}1`, 60));
    const head = await during(() => store.head(`${folder}1`));
    const list = await during(() => Array.fromAsync(store.list(folder)));
    if ('value' in whole) expect(String(whole.value)).toBe(String(BODY));
    if ('value' in part) expect(String(part.value)).toBe(String(BODY.subarray(2, 61)));
    if ('value' in end)
      expect([String(end.value.bytes), end.value.size]).toEqual([String(BODY.subarray(-60)), BODY.length]);
    if ('value' in head) expect(head.value?.size).toBe(BODY.length);
    if ('value' in list) expect(list.value.map(({ key }) => key)).toEqual([`${folder}1`, `${folder}2`]);
    // A refused HEAD has no body that would tell whose it is.
    for (const outcome of [whole, part, end, list]) expectPassing(outcome);
  });

  it('at STS is no refusal by the role', async () => {
    const customer = await createCustomer();
    const role = assumedRole({
      roleArn: customer.roleArn,
      externalId: customer.externalId as string,
      sessionName: 'org_acme',
      stsEndpoint: proxy.endpoint,
      region: 'us-east-1',
      credentials: platformCredentials,
      timeoutMs: 400,
    });
    proxy.script(faultWhile(() => true, S3_FAULTS[name], onSts));
    const outcome = await outcomeOf(role());
    proxy.heal();
    expectPassing(outcome);
    expect((await role()).sessionToken).toBeTruthy();
  });
});

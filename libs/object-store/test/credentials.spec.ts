import { createCustomer, createS3FaultProxy, platformCredentials, useServers } from '@auditorium/testing';
import { describe, expect, it } from 'vitest';
import { assumedRole, cachedCredentials, createS3Store, providerAnswerOf } from '../src/index.ts';

const key = (n: number, endsAt: number) => ({
  accessKeyId: `k${n}`,
  secretAccessKey: 's',
  expiration: new Date(endsAt),
});

describe('cached credentials', () => {
  it('are fetched once for many callers, and renewed before they end', async () => {
    let now = 0;
    let fetched = 0;
    const credentials = cachedCredentials(
      async () => key(++fetched, now + 3_600_000),
      () => now,
    );
    const many = await Promise.all(Array.from({ length: 20 }, () => credentials()));
    expect(new Set(many.map((c) => c.accessKeyId))).toEqual(new Set(['k1']));
    now = 3_299_999;
    expect((await credentials()).accessKeyId).toBe('k1');
    now = 3_300_000;
    expect((await credentials()).accessKeyId).toBe('k2');
  });

  it('outlast an outage of their source for as long as they hold', async () => {
    let now = 0;
    let away = false;
    const credentials = cachedCredentials(
      async () => {
        if (away) throw new Error('away');
        return key(1, now + 3_600_000);
      },
      () => now,
    );
    await credentials();
    away = true;
    now = 3_599_999;
    expect((await credentials()).accessKeyId).toBe('k1');
    now = 3_600_000;
    await expect(credentials()).rejects.toThrow('away');
  });
});

describe('an assumed role', () => {
  const roleOf = async (
    customer: { roleArn: string; bucket: string },
    externalId: string,
    more: object = {},
  ) => {
    const { stsEndpoint } = await useServers();
    return assumedRole({
      roleArn: customer.roleArn,
      externalId,
      sessionName: 'org_acme',
      stsEndpoint,
      region: 'us-east-1',
      credentials: platformCredentials,
      policy: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${customer.bucket}/audit/*` },
        ],
      },
      ...more,
    });
  };
  const storeOf = async (bucket: string, credentials: ReturnType<typeof assumedRole>, endpoint?: string) =>
    createS3Store({
      endpoint: endpoint ?? (await useServers()).s3Endpoint,
      region: 'us-east-1',
      pathStyle: true,
      bucket,
      credentials,
    });

  it('Beyond 6: writes below its prefix with the right external ID, and nowhere else', async () => {
    const customer = await createCustomer({ externalId: 'ours-1' });
    const store = await storeOf(customer.bucket, await roleOf(customer, 'ours-1'));
    expect(await store.putIfAbsent('audit/a', Buffer.from('x'))).toMatchObject({ outcome: 'written' });
    await expect(store.putIfAbsent('other/a', Buffer.from('x'))).rejects.toMatchObject({
      code: 's3-access-denied',
    });
    await expect(store.get('audit/a')).rejects.toMatchObject({ code: 's3-access-denied' });
    await store.close();
  });

  it('with the wrong external ID, or of a role that is not there, is denied with the code and request id of STS', async () => {
    const customer = await createCustomer({ externalId: 'ours-2' });
    const wrong = await roleOf(customer, 'theirs');
    const error = await wrong().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'sts-access-denied', retryable: false });
    expect(providerAnswerOf(error)).toMatchObject({
      providerCode: 'AccessDenied',
      requestId: expect.any(String),
    });
    const absent = await roleOf({ ...customer, roleArn: `${customer.roleArn}-x` }, 'ours-2');
    await expect(absent()).rejects.toMatchObject({ code: 'sts-access-denied' });
  });

  it('that STS does not answer for may be retried', async () => {
    const customer = await createCustomer({ externalId: 'ours-3' });
    const proxy = await createS3FaultProxy((await useServers()).stsEndpoint);
    const role = await roleOf(customer, 'ours-3', { stsEndpoint: proxy.endpoint, timeoutMs: 300 });
    proxy.script(() => ({ hang: true }));
    await expect(role()).rejects.toMatchObject({ code: 'sts-unavailable', retryable: true });
    proxy.script(() => ({ answer: { status: 500 } }));
    await expect(role()).rejects.toMatchObject({ code: 'sts-unavailable', retryable: true });
    proxy.script(() => undefined);
    expect((await role()).accessKeyId).toBeTruthy();
    await proxy.close();
  });

  it('goes on writing when the store has forgotten its key', async () => {
    const customer = await createCustomer({ externalId: 'ours-5' });
    const role = await roleOf(customer, 'ours-5');
    let fetched = 0;
    const forgotten = { accessKeyId: 'ASIAFORGOTTEN0000000', secretAccessKey: 's', sessionToken: 't' };
    const credentials = cachedCredentials(() => (++fetched === 1 ? Promise.resolve(forgotten) : role()));
    const store = await storeOf(customer.bucket, credentials);
    expect(await store.putIfAbsent('audit/1', Buffer.from('x'))).toMatchObject({ outcome: 'written' });
    await store.close();
  });

  it('goes on writing when its credentials end sooner than they said', async () => {
    const customer = await createCustomer({ externalId: 'ours-4' });
    const role = await roleOf(customer, 'ours-4', { durationSeconds: 1 });
    // The store sees the same keys for 3 s though they are good for 1 s: a clock that lies.
    const lying = cachedCredentials(async () => ({
      ...(await role()),
      expiration: new Date(Date.now() + 60_000),
    }));
    const store = await storeOf(customer.bucket, lying);
    await store.putIfAbsent('audit/1', Buffer.from('x'));
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect(await store.putIfAbsent('audit/2', Buffer.from('x'))).toMatchObject({ outcome: 'written' });
    await store.close();
  });
});

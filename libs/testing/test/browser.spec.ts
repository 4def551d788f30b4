import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEMO_PASSWORD, freePort, startIdentityProvider } from '@auditorium/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../src/index.ts';

describe('signing in with a browser', () => {
  let provider: Awaited<ReturnType<typeof startIdentityProvider>>;
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  beforeAll(async () => {
    provider = await startIdentityProvider({
      dataDir: mkdtempSync(join(tmpdir(), 'identity-')),
      port: await freePort(),
    });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await provider.stop();
  });

  const authorize = (): string => {
    const query = new URLSearchParams({
      client_id: 'auditorium-console',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: 'http://127.0.0.1:1/callback',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    return `${provider.issuer}/auth?${query}`;
  };

  it('says when the password is wrong, and returns to the console when it is right', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(authorize());
    await page.getByLabel('E-mail').fill('ada@acme.example');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(await page.getByRole('alert').textContent()).toContain('No user');
    await page.getByLabel('Password').fill(DEMO_PASSWORD);
    const returned = page.waitForRequest((request) =>
      request.url().startsWith('http://127.0.0.1:1/callback'),
    );
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(new URL((await returned).url()).searchParams.get('code')).toBeTruthy();
  });

  it('signs a demo user in by one click', async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(authorize());
    if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'], fullPage: true });
    const returned = page.waitForRequest((request) =>
      request.url().startsWith('http://127.0.0.1:1/callback'),
    );
    await page.getByRole('button', { name: /Audrey Finch/ }).click();
    await returned;
  });
});

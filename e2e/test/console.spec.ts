import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFolder } from '@auditorium/local';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { browse, eventually, runCli, settled, signIn } from '../src/index.ts';

const running = inject('running');
/** `PICTURES=1` takes the README's pictures anew. */
const takesPictures = process.env['PICTURES'] !== undefined;
let browser: Browser;

beforeAll(async () => {
  browser = await browse();
  await settled(running, 'acme');
});
afterAll(() => browser?.close());

describe('the console on the running system', () => {
  it('WS5 an admin signs in and reads the log; an event emitted now appears without reloading', async () => {
    const { page, errors } = await signIn(browser, running, 'ada@acme.example');
    await page.getByTestId('event').first().waitFor();
    const target = `Seen ${Date.now()}`;
    const emit = [
      'emit',
      'project.created',
      '--org',
      'acme',
      '--actor',
      'user/u_ada',
      '--target',
      `project/${target}`,
    ];
    expect((await runCli(running, ...emit)).code).toBe(0);
    await eventually('the new event is offered or shown', async () => {
      const pill = page.getByTestId('live-pill');
      if (await pill.isVisible()) await pill.click();
      return (await page.getByText(target).count()) > 0 ? true : undefined;
    });
    await picture(page, 'console-log');
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('shows who, what, from where, what changed, and where the proof lies', async () => {
    const { page } = await signIn(browser, running, 'ada@acme.example');
    const target = `project/p_${Date.now()}`;
    const emit = ['emit', 'project.renamed', '--org', 'acme', '--actor', 'user/u_ada', '--target', target];
    const { stdout } = await runCli(
      running,
      ...emit,
      '--before',
      '{"name":"Atlas"}',
      '--after',
      '{"name":"Orion"}',
    );
    await settled(running, 'acme');
    const link = /https?:\/\/\S+/.exec(stdout)?.[0];
    expect(link, stdout).toBeDefined();
    await page.goto(link ?? '');
    const panel = page.getByTestId('event-panel');
    await panel.waitFor();
    for (const shown of ['Ada Marsh', 'Atlas', 'Orion', 'project.renamed']) {
      await panel.getByText(shown).first().waitFor();
    }
    await page.getByTestId('proof').getByText('.ndjson.gz').first().waitFor();
    await picture(page, 'console-event');
    await page.context().close();
  });

  it('WS5 an auditor reads the log and changes nothing', async () => {
    const { page } = await signIn(browser, running, 'aud@acme.example');
    await page.getByTestId('event').first().waitFor();
    await page.getByRole('link', { name: 'Organisation' }).click();
    await page.getByTestId('destinations').waitFor();
    expect(await page.getByTestId('new-destination').count()).toBe(0);
    await page.goto('/orgs/acme/organisation/members');
    await page.getByTestId('missing-permission').waitFor();
    expect(await page.getByTestId('missing').textContent()).toBe('ORG-ADMIN');
    await page.context().close();
  });

  it('WS5 a member without the permission is told which one is missing', async () => {
    const { page } = await signIn(browser, running, 'mel@acme.example');
    await page.getByTestId('missing-permission').waitFor();
    expect(await page.getByTestId('missing').textContent()).toBe('LOG-MANAGEMENT');
    expect(await page.getByTestId('event').count()).toBe(0);
    await page.context().close();
  });

  it('an outsider sees nothing', async () => {
    const { page } = await signIn(browser, running, 'ola@nowhere.example');
    await page.getByTestId('no-organisation').waitFor();
    await page.goto('/orgs/acme/events');
    await page.getByTestId('not-found').waitFor();
    expect(await page.getByTestId('event').count()).toBe(0);
    await page.context().close();
  });

  it('WM1 an admin sees the destination, its state and what was delivered', async () => {
    const { page } = await signIn(browser, running, 'ada@acme.example', { colorScheme: 'dark' });
    await page.getByRole('link', { name: 'Organisation' }).click();
    await page.getByTestId('destinations').waitFor();
    await page.getByTestId('destinations').getByRole('link').first().click();
    await page.getByTestId('windows').getByText('.ndjson.gz').first().waitFor();
    await picture(page, 'console-destination');
    await page.context().close();
  });
});

async function picture(page: Page, name: string): Promise<void> {
  if (!takesPictures) return;
  const folder = join(repositoryFolder, 'docs/images');
  mkdirSync(folder, { recursive: true });
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

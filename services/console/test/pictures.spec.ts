import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { runConsole, type RunningConsole } from './running-console.ts';

/** Not a test: `CONSOLE_PICTURES=<folder> npx vitest run … pictures` takes pictures of the console to look at. */
const folder = process.env['CONSOLE_PICTURES'] ?? '';

describe.skipIf(folder === '')('pictures', () => {
  let running: RunningConsole;
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    running = await runConsole();
  });
  afterAll(() => running?.stop());

  const save = async (page: Page, name: string) => {
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };

  it.each(['light', 'dark'] as const)('admin, %s', async (colorScheme) => {
    const page = await running.signedIn('ada@acme.example', '/orgs/acme/events', { colorScheme });
    const shot = (name: string) => save(page, `${name}-${colorScheme}`);
    await page.getByTestId('event').first().waitFor();
    await shot('log');
    await page.getByTestId('range').click();
    await shot('range');
    await page.keyboard.press('Escape');
    await page.getByTestId('filter-actor').click();
    await shot('filter');
    await page.goto('/orgs/acme/events?actor=user%2Fu_ada&action=user.*&outcome=denied&range=30d&text=sso');
    await page.getByTestId('no-match').waitFor();
    await shot('no-match');
    await page.goto('/orgs/acme/events?actor=user%2Fu_ada&action=user.*&range=30d');
    await page.getByTestId('event').first().waitFor();
    await page.getByTestId('user-menu').click();
    await shot('chips');
    const key = running.fixture.org('acme')!.events.find((event) => event.type === 'endpoint.updated')!.key;
    await page.goto(`/orgs/acme/events/${key}`);
    await page.getByTestId('proof').waitFor();
    await shot('event');
    await page.getByTestId('proof').scrollIntoViewIfNeeded();
    await shot('event-below');
    await page.getByTestId('raw-tab').click();
    await shot('raw');
    await page.goto('/orgs/acme/organisation');
    await page.getByTestId('destinations').waitFor();
    await page.getByTestId('reconcile').click();
    await page.getByText('Everything adds up').waitFor();
    await shot('destinations');
    await page.getByTestId('new-destination').click();
    await shot('new');
    await page.getByTestId('select-layout').click();
    await shot('layouts');
    await page.keyboard.press('Escape');
    await page.goto('/orgs/acme/organisation/members');
    await page.getByTestId('members').waitFor();
    await shot('members');
    await page.goto('/orgs/acme/organisation/audit-events/dst_2');
    await page.getByTestId('windows').waitFor();
    await shot('destination');
    await page.getByTestId('change-layout').click();
    await shot('change-layout');
    await page.keyboard.press('Escape');
    await page.getByTestId('select-layout').waitFor({ state: 'detached' });
    await page.getByTestId('delete').click();
    await shot('delete');
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('others, %s', async (colorScheme) => {
    const nobody = await running.page({ colorScheme });
    await nobody.goto('/');
    await nobody.getByTestId('sign-in').waitFor();
    await save(nobody, `sign-in-${colorScheme}`);
    await nobody.context().close();
    for (const [email, name, path] of [
      ['mel@acme.example', 'missing', '/'],
      ['ola@nowhere.example', 'outsider', '/'],
      ['gil@globex.example', 'empty-window', '/'],
      ['gil@globex.example', 'not-in-plan', '/orgs/globex/organisation'],
    ] as const) {
      const page = await running.signedIn(email, path, { colorScheme });
      await page.waitForTimeout(300);
      await save(page, `${name}-${colorScheme}`);
      await page.context().close();
    }
    const tablet = await running.signedIn('ada@acme.example', '/', {
      colorScheme,
      viewport: { width: 820, height: 1100 },
    });
    await tablet.getByTestId('event').nth(3).click();
    await tablet.getByTestId('proof').waitFor();
    await save(tablet, `tablet-${colorScheme}`);
    await tablet.keyboard.press('Escape');
    await save(tablet, `tablet-log-${colorScheme}`);
    running.fixture.broken.add('/api/v1/orgs/org_acme/events');
    await tablet.goto('/orgs/acme/events');
    await tablet.getByTestId('error').waitFor();
    await save(tablet, `error-${colorScheme}`);
    running.fixture.broken.clear();
    running.fixture.refused.add('u_ada');
    await tablet.goto('/orgs/acme/events?x=1').catch(() => undefined);
    await tablet.getByRole('alertdialog').waitFor();
    await save(tablet, `ended-${colorScheme}`);
    running.fixture.refused.clear();
    running.fixture.members['u_aud']!['org_globex'] = { admin: false, permissions: [] };
    const chooser = await running.signedIn('aud@acme.example', '/', { colorScheme });
    await chooser.getByTestId('organisations').waitFor();
    await save(chooser, `choose-${colorScheme}`);
    delete running.fixture.members['u_aud']!['org_globex'];
  });
});

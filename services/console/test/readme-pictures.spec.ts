import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFolder, stateFolder } from '@auditorium/local';
import { openBrowser } from '@auditorium/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';

/**
 * Not a test: with `npm start` running, `README_PICTURES=1 npx vitest run … readme-pictures` takes the README's pictures of the
 * real system into docs/images.
 */
const wanted = process.env['README_PICTURES'] !== undefined;

interface LocalSystem {
  origin: string;
  users: { user: string; email: string; password: string }[];
}

describe.skipIf(!wanted)('the pictures of the README', () => {
  const folder = join(repositoryFolder, 'docs/images');
  let browser: Browser;
  let system: LocalSystem;
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    system = JSON.parse(readFileSync(join(stateFolder, 'local.json'), 'utf8')) as LocalSystem;
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it.each([
    ['light', ''],
    ['dark', '-dark'],
  ] as const)('%s', async (colorScheme, suffix) => {
    const ada = system.users.find((each) => each.user === 'u_ada')!;
    const viewport = { width: 1440, height: 860 };
    const context = await browser.newContext({
      baseURL: system.origin,
      viewport,
      colorScheme,
      deviceScaleFactor: 1.5,
    });
    const page = await context.newPage();
    const save = async (name: string) => {
      await page.waitForTimeout(700);
      await page.screenshot({ path: join(folder, `console-${name}${suffix}.png`) });
    };
    await page.goto('/orgs/acme/events');
    await page.getByTestId('sign-in').click();
    await page.fill('#email', ada.email);
    await page.fill('#password', ada.password);
    await page.click('button.primary');
    await page.getByTestId('event').first().waitFor();
    await save('log');
    // An event that changed something, a little back so that it is sealed and delivered.
    await page.goto('/orgs/acme/events?action=project.renamed&range=all');
    await page.getByTestId('event').nth(2).click();
    const address = new URL(page.url()).pathname;
    await page.goto(address);
    await page.getByTestId('proof').waitFor();
    await page.getByTestId('proof').scrollIntoViewIfNeeded();
    await save('event');
    await page.goto('/orgs/acme/organisation');
    await page.getByTestId('reconcile').click();
    await page.getByTestId('reconciliation').locator('time').waitFor();
    await save('destinations');
    await context.close();
  });
});

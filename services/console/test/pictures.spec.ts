import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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

  it.each(['light', 'dark'] as const)('%s', async (colorScheme) => {
    const page = await running.signedIn('ada@acme.example', '/orgs/acme/events', { colorScheme });
    const save = async (name: string) => {
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
    };
    await page.getByTestId('event').first().waitFor();
    await save('log');
    const key = running.fixture.org('acme')!.events.find((event) => event.type === 'endpoint.updated')!.key;
    await page.goto(`/orgs/acme/events/${key}`);
    await page.getByTestId('proof').waitFor();
    await save('event');
    await page.getByTestId('raw-tab').click();
    await save('raw');
    await page.goto('/orgs/acme/organisation');
    await page.getByTestId('destinations').waitFor();
    await save('destinations');
    await page.goto('/orgs/acme/organisation/audit-events/dst_2');
    await page.getByTestId('windows').waitFor();
    await save('destination');
    process.stdout.write(`${colorScheme}: ${JSON.stringify(page.errors)}\n`);
    await page.context().close();
  });
});

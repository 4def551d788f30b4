import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GLOBEX_NEWEST } from './fixture-server.ts';
import { runConsole, type RunningConsole } from './running-console.ts';

let running: RunningConsole;
const pages: (Page & { errors: string[] })[] = [];
const opened = async (email: string, path?: string, options?: Parameters<RunningConsole['signedIn']>[2]) => {
  const page = await running.signedIn(email, path, options);
  pages.push(page);
  return page;
};
const signedInAnew = async (email: string, path?: string) => {
  const page = await running.signIn(email, path);
  pages.push(page);
  return page;
};
const acme = () => running.fixture.org('acme')!;
const eventOf = (type: string) =>
  acme().events.find((event) => event.type === type && Date.now() - Date.parse(event.time) > 60_000)!;
const sentences = (page: Page) =>
  page
    .getByTestId('event')
    .getByRole('link')
    .filter({ hasText: /\w+ \w+/ })
    .allTextContents();

beforeAll(async () => {
  running = await runConsole();
});
afterAll(() => running?.stop());
afterEach(async () => {
  // Among other things: nothing broke the page's own content security policy.
  const errors = pages.flatMap((page) => page.errors);
  await Promise.all(pages.splice(0).map((page) => page.context().close()));
  expect(errors).toEqual([]);
});

describe('who sees what', () => {
  it('WS5 an org admin sees the log at once, the only organisation being chosen already', async () => {
    const page = await opened('ada@acme.example');
    await page.getByTestId('event').first().waitFor();
    expect(new URL(page.url()).pathname).toBe('/orgs/acme/events');
    expect(await page.getByTestId('event').count()).toBe(50);
    expect(await page.getByTestId('event').first().textContent()).toContain(
      acme().events[0]!.data.targets[0]!.name,
    );
  });

  it('WS5 an auditor with LOG-MANAGEMENT reads the log and where it goes, and changes nothing', async () => {
    const page = await opened('aud@acme.example');
    await page.getByTestId('event').first().waitFor();
    await page.getByRole('link', { name: 'Organisation' }).click();
    await page.getByTestId('destinations').waitFor();
    expect(await page.getByTestId('new-destination').count()).toBe(0);
    await page.goto('/orgs/acme/organisation/audit-events/dst_1');
    await page.getByTestId('settings').waitFor();
    for (const action of ['test', 'pause', 'delete']) expect(await page.getByTestId(action).count()).toBe(0);
    await page.goto('/orgs/acme/organisation/members');
    await page.getByTestId('missing-permission').waitFor();
    expect(await page.getByTestId('missing').textContent()).toBe('ORG-ADMIN');
  });

  it('WS5 a member without the permission is told which one is missing, and who grants it', async () => {
    const page = await opened('mel@acme.example');
    const notice = page.getByTestId('missing-permission');
    await notice.waitFor();
    expect(await page.getByTestId('missing').textContent()).toBe('LOG-MANAGEMENT');
    expect(await notice.textContent()).toContain('organisation admin');
    expect(await page.getByTestId('event').count()).toBe(0);
  });

  it('an outsider sees no organisation, and the address of one leads nowhere', async () => {
    const page = await opened('ola@nowhere.example');
    await page.getByTestId('no-organisation').waitFor();
    await page.goto('/orgs/acme/events');
    await page.getByTestId('not-found').waitFor();
    const known = await page.getByTestId('not-found').textContent();
    await page.goto('/orgs/no-such-org/events');
    expect(await page.getByTestId('not-found').textContent()).toBe(known);
    expect(await page.content()).not.toContain('Acme');
  });

  it('whoever has several organisations chooses one', async () => {
    running.fixture.members['u_aud']!['org_globex'] = { admin: false, permissions: ['LOG-MANAGEMENT'] };
    try {
      const page = await opened('aud@acme.example');
      await page
        .getByTestId('organisations')
        .getByRole('link', { name: /Globex/ })
        .click();
      await page.waitForURL('**/orgs/globex/events');
      await page.getByTestId('empty-window').waitFor();
    } finally {
      delete running.fixture.members['u_aud']!['org_globex'];
    }
  });

  it('a link to an event survives signing in', async () => {
    const event = eventOf('project.renamed');
    const page = await signedInAnew('ada@acme.example', `/orgs/acme/events/${event.key}`);
    await page.getByTestId('event-panel').waitFor();
    expect(new URL(page.url()).pathname).toBe(`/orgs/acme/events/${event.key}`);
  });

  it('whoever signs out must sign in again', async () => {
    const page = await signedInAnew('ada@acme.example');
    await page.getByTestId('user-menu').click();
    await page.getByTestId('sign-out').click();
    await page.waitForURL(`${running.url}/sign-in`);
    await page.goto('/orgs/acme/events');
    await page.getByTestId('sign-in').click();
    await page.locator('#password').waitFor();
  });

  it('a session that has ended says so, and signing in again leads back to the same page', async () => {
    const page = await signedInAnew('ada@acme.example', '/orgs/acme/events?outcome=denied');
    await page.getByTestId('event').first().waitFor();
    running.fixture.refused.add('u_ada');
    try {
      await page.getByRole('alertdialog', { name: 'Your session has ended' }).waitFor();
    } finally {
      running.fixture.refused.delete('u_ada');
    }
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByTestId('event').first().waitFor();
    expect(new URL(page.url()).search).toBe('?outcome=denied');
  });
});

describe('reading the log', () => {
  it('WS3 shows the last 24 hours by default', async () => {
    const page = await opened('ada@acme.example');
    await page.getByTestId('event').first().waitFor();
    expect(await page.getByTestId('range').textContent()).toBe('Last 24 hours');
    const asked = running.fixture.requests.findLast((request) => request.includes('/events?'))!;
    const from = Date.parse(new URL(asked.split(' ')[1]!, 'http://x').searchParams.get('from')!);
    expect(Math.round((Date.now() - from) / 3_600_000)).toBe(24);
  });

  it('WS3 filters live in the address, survive a reload, and are removed one by one or all at once', async () => {
    const page = await opened('ada@acme.example');
    await page.getByTestId('filter-action').click();
    await page.getByRole('textbox', { name: 'Action' }).fill('user.*');
    await page.keyboard.press('Enter');
    await page.getByTestId('filter-outcome').click();
    await page.getByRole('button', { name: 'Denied' }).click();
    await page.waitForURL(/action=user\.\*.*outcome=denied/);
    await page.waitForFunction(
      () => document.querySelectorAll('[data-outcome]:not([data-outcome=denied])').length === 0,
    );
    const before = await page.getByTestId('event').count();
    expect(before).toBeGreaterThan(0);
    await page.reload();
    await page.getByTestId('event').first().waitFor();
    expect(await page.getByTestId('event').count()).toBe(before);
    expect(await page.getByTestId('filter-action').textContent()).toContain('user.*');
    await page.getByRole('button', { name: 'Remove filter Outcome' }).click();
    await page.waitForFunction(
      (count) => document.querySelectorAll('[data-testid=event]').length > count,
      before,
    );
    await page.getByTestId('clear-filters').click();
    await page.waitForFunction(() => location.search === '');
  });

  it('WS3 text is searched while one types', async () => {
    const page = await opened('ada@acme.example');
    await page.getByTestId('event').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('stripe-webhook');
    await page.waitForURL(/text=stripe-webhook/);
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[data-testid=event]')].every((row) =>
        row.textContent.includes('stripe-webhook'),
      ),
    );
    expect(await page.getByTestId('filter-text').inputValue()).toBe('stripe-webhook');
  });

  it('says so where nothing matches, and offers a way on', async () => {
    const page = await opened('ada@acme.example', '/orgs/acme/events?text=nothing-has-this');
    await page.getByTestId('no-match').waitFor();
    await page.getByRole('link', { name: 'Clear filters' }).click();
    await page.getByTestId('event').first().waitFor();
  });

  it('pages to older events and back without missing or repeating one', async () => {
    const page = await opened('ada@acme.example', '/orgs/acme/events?range=30d');
    await page.getByTestId('event').first().waitFor();
    const keys = () =>
      page.getByTestId('event').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key')));
    const first = await keys();
    await page.getByTestId('page-older').click();
    await page.waitForFunction(
      (key) => document.querySelector('[data-testid=event]')?.getAttribute('data-key') !== key,
      first[0]!,
    );
    const second = await keys();
    expect([...first, ...second]).toEqual(
      acme()
        .events.slice(0, 100)
        .map((event) => event.key),
    );
    await page.reload();
    await page.getByTestId('event').first().waitFor();
    expect(await keys()).toEqual(second);
    await page.getByTestId('page-newer').click();
    await page.waitForFunction(
      (key) => document.querySelector('[data-testid=event]')?.getAttribute('data-key') === key,
      first[0]!,
    );
    expect(await page.getByTestId('page-newer').isDisabled()).toBe(true);
  });

  it('WS3 an empty default window says from when the newest event is, and goes there', async () => {
    const page = await opened('gil@globex.example', '/', { timezoneId: 'UTC' });
    const notice = page.getByTestId('empty-window');
    await notice.waitFor();
    expect(await notice.textContent()).toContain('16 Aug 2022, 09:12:44');
    await page.getByTestId('go-to-newest').click();
    await page.getByTestId('event').first().waitFor();
    expect(await page.getByTestId('event').first().locator('time').getAttribute('datetime')).toBe(
      new Date(GLOBEX_NEWEST).toISOString(),
    );
  });

  it('counts what is new, and moves no line until it is asked to', async () => {
    const page = await opened('ada@acme.example');
    await page.getByTestId('event').first().waitFor();
    const before = await sentences(page);
    const [newest] = acme().events;
    acme().events.unshift(
      ...[2, 1].map((n) => ({ ...newest!, key: `9-${n}`, id: `new-${n}`, time: new Date().toISOString() })),
    );
    try {
      const pill = page.getByTestId('live-pill');
      await pill.waitFor();
      expect(await pill.textContent()).toBe('2 new events');
      expect(await sentences(page)).toEqual(before);
      await pill.click();
      await page.locator('[data-key="9-2"]').waitFor();
      expect(await page.getByTestId('event').first().getAttribute('data-key')).toBe('9-2');
    } finally {
      acme().events.splice(0, 2);
    }
  });

  it('is read by keyboard alone: move, open, move on, close', async () => {
    const page = await opened('ada@acme.example');
    await page.getByTestId('event').first().waitFor();
    const keys = acme().events.map((event) => event.key);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/events/${keys[1]}`);
    await page.keyboard.press('ArrowDown');
    await page.waitForURL(`**/events/${keys[2]}`);
    await page.keyboard.press('Escape');
    await page.waitForURL('**/orgs/acme/events');
    expect(await page.getByTestId('event-panel').count()).toBe(0);
  });

  it('shows the exact time in both clocks, and all times in UTC if one likes', async () => {
    const page = await opened('ada@acme.example', '/orgs/acme/events?range=30d');
    const row = page.getByTestId('event').nth(40);
    await row.waitFor();
    await row.locator('time').hover();
    await page.getByText('Europe/Vienna').waitFor();
    await page.getByTestId('user-menu').click();
    await page.getByRole('menuitemradio', { name: 'UTC' }).click();
    await page.keyboard.press('Escape');
    await page.reload();
    await page.getByTestId('range').click();
    await page.getByText('Custom range, in UTC').waitFor();
  });

  it('says what failed and what to do, and recovers', async () => {
    running.fixture.broken.add('/api/v1/orgs/org_acme/events');
    try {
      const page = await opened('ada@acme.example');
      const error = page.getByTestId('error');
      await error.waitFor();
      expect(await error.textContent()).toContain('The query service has lost its database.');
      expect(await error.textContent()).toContain('No event is lost');
      running.fixture.broken.clear();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByTestId('event').first().waitFor();
    } finally {
      running.fixture.broken.clear();
    }
  });
});

describe('one event', () => {
  it('Beyond 13 before and after are differences of fields', async () => {
    const page = await opened('ada@acme.example', `/orgs/acme/events/${eventOf('endpoint.updated').key}`);
    const diff = page.getByTestId('diff');
    await diff.waitFor();
    const kinds = await diff
      .locator('[data-field]')
      .evaluateAll((rows) =>
        rows.map((row) => [row.getAttribute('data-field'), row.getAttribute('data-kind')]),
      );
    expect(kinds).toEqual([
      ['visibility', 'changed'],
      ['rateLimit.requests', 'changed'],
      ['documentation', 'added'],
    ]);
    expect(await diff.locator('[data-field=visibility]').textContent()).toContain('private');
    await page.getByRole('button', { name: /2 unchanged fields/ }).click();
    expect(await diff.locator('[data-field]').count()).toBe(5);
  });

  it('tells who, from where, on what, and where it is stored', async () => {
    const event = acme().events.find(
      (each) => each.actorname && Date.now() - Date.parse(each.time) > 60_000,
    )!;
    const page = await opened('ada@acme.example', `/orgs/acme/events/${event.key}`);
    await page.getByTestId('proof').waitFor();
    const panel = await page.getByTestId('event-panel').textContent();
    const { actor, context, targets } = event.data;
    for (const fact of [
      event.actorname!,
      actor.id,
      context!.ip!,
      context!.userAgent!,
      context!.requestId!,
      context!.traceId!,
      targets[0]!.id,
    ])
      expect(panel).toContain(fact);
    const proof = await page.getByTestId('proof').textContent();
    expect(proof).toContain('Sealed in the ledger');
    expect(proof).toContain(`#${Number(event.key.split('-')[1]).toLocaleString('en')}`);
    expect(proof).toContain('.ndjson.gz');
  });

  it('is copied as the JSON that it is', async () => {
    const event = eventOf('project.renamed');
    const page = await opened('ada@acme.example', `/orgs/acme/events/${event.key}`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByTestId('raw-tab').click();
    await page.getByRole('button', { name: 'Copy JSON' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const { key: _key, sentence: _sentence, ...line } = event;
    expect(JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))).toEqual(line);
  });

  it('shows markup in an event as text', async () => {
    const event = eventOf('project.renamed');
    const { sentence, data } = structuredClone(event);
    event.data.targets[0]!.name = '<img src=x onerror="document.title=1">';
    event.sentence = `Ada renamed project ${event.data.targets[0]!.name}`;
    try {
      const page = await opened('ada@acme.example', `/orgs/acme/events/${event.key}`);
      await page.getByTestId('proof').waitFor();
      expect(
        await page.getByTestId('event-panel').getByRole('heading', { level: 2 }).textContent(),
      ).toContain('<img src=x');
      expect(await page.locator('img').count()).toBe(0);
    } finally {
      Object.assign(event, { sentence, data });
    }
  });

  it('says when there is no such event', async () => {
    const page = await opened('ada@acme.example', '/orgs/acme/events/9-999999');
    await page.getByTestId('event-missing').waitFor();
  });
});

describe('destinations', () => {
  const page = (path = '') => opened('ada@acme.example', `/orgs/acme/organisation/audit-events${path}`);

  it('WM1 stand in the section "Audit Events" of the Organisation page', async () => {
    const shown = await opened('ada@acme.example');
    await shown.getByRole('link', { name: 'Organisation' }).click();
    await shown.getByRole('link', { name: 'Audit Events' }).waitFor();
    const table = await shown.getByTestId('destinations').textContent();
    for (const fact of [
      'acme-auditorium-audit-events',
      'Healthy',
      'Failing',
      'AccessDenied',
      'Paused',
      '1,204 events',
    ])
      expect(table).toContain(fact.slice(0, 12));
  });

  it('WM1 a plan without destinations says so instead of offering a form', async () => {
    const shown = await opened('gil@globex.example', '/orgs/globex/organisation/audit-events');
    await shown.getByTestId('not-in-plan').waitFor();
    expect(await shown.getByTestId('new-destination').count()).toBe(0);
  });

  it('WM4 a new one needs a bucket and a role, then shows its policies and that nothing was sent yet', async () => {
    const shown = await page();
    await shown.getByTestId('new-destination').click();
    await shown.getByLabel('Bucket name').fill('acme-siem-feed');
    await shown.getByLabel('Role ARN').fill('arn:aws:iam::200000000001:role/siem');
    await shown.getByRole('button', { name: 'Save' }).click();
    await shown.getByTestId('destination-page').getByRole('heading', { name: 'acme-siem-feed' }).waitFor();
    expect(await shown.getByTestId('status').textContent()).toBe(
      'Status: Audit events are yet to be sent to this destination.',
    );
    expect(await shown.getByTestId('policies').textContent()).toContain('sts:ExternalId');
    await shown.getByRole('tab', { name: 'Permission policy' }).click();
    expect(await shown.getByTestId('policies').textContent()).toContain('arn:aws:s3:::acme-siem-feed/');
    acme().destinations.pop();
  });

  it('Beyond 7 a new one has the layout that was chosen, and it can be changed later', async () => {
    const shown = await page();
    await shown.getByTestId('new-destination').click();
    await shown.getByLabel('Bucket name').fill('acme-lake');
    await shown.getByLabel('Role ARN').fill('arn:aws:iam::200000000001:role/lake');
    await shown.getByTestId('select-layout').click();
    await shown.getByRole('option', { name: 'OCSF Parquet' }).click();
    expect(await shown.getByTestId('destination-form').textContent()).toContain('.parquet');
    await shown.getByRole('button', { name: 'Save' }).click();
    await shown.getByTestId('destination-page').getByRole('heading', { name: 'acme-lake' }).waitFor();
    expect(await shown.getByTestId('settings').textContent()).toContain('OCSF Parquet');
    expect(acme().destinations.at(-1)).toMatchObject({ bucket: 'acme-lake', layout: 'ocsf-parquet' });
    await shown.getByTestId('change-layout').click();
    await shown.getByTestId('select-layout').click();
    await shown.getByRole('option', { name: 'WireMock' }).click();
    await shown.getByRole('button', { name: 'Save' }).click();
    await shown.getByTestId('settings').getByText('WireMock').waitFor();
    expect(acme().destinations.at(-1)).toMatchObject({ layout: 'wiremock' });
    acme().destinations.pop();
  });

  it('WM6 Beyond 11 a failing one names the cause, the last success and the next try', async () => {
    const shown = await page('/dst_2');
    const error = await shown.getByTestId('last-error').textContent();
    expect(error).toContain('AccessDenied');
    expect(error).toContain('Attach the permission policy');
    expect(await shown.getByTestId('destination-page').textContent()).toMatch(
      /Last success\s*1 h ago.*Next try\s*in \d+ (s|min)/,
    );
    await shown.getByTestId('windows').waitFor();
  });

  it('WM5 Test turns green, or shows the cause and its fix', async () => {
    const shown = await page('/dst_1');
    await shown.getByTestId('test').click();
    await shown.getByRole('button', { name: 'Test passed' }).waitFor();
    running.fixture.testPasses = false;
    await shown.getByTestId('test').click();
    const dialog = shown.getByRole('dialog');
    await dialog.waitFor();
    running.fixture.testPasses = true;
    expect(await dialog.textContent()).toContain('Attach the permission policy');
  });

  it('Beyond 6 a role that looks at no external ID is reported although the test passes', async () => {
    running.fixture.testWarnings = ['The role lets us in whatever external ID we present.'];
    const shown = await page('/dst_1');
    await shown.getByTestId('test').click();
    await shown.getByRole('dialog', { name: 'The test passed, but' }).waitFor();
    running.fixture.testWarnings = [];
  });

  it('Beyond 3 tells by count whether every event is accounted for', async () => {
    const shown = await page();
    await shown.getByTestId('reconcile').click();
    const result = shown.getByTestId('reconciliation');
    await result.getByText('Everything adds up').waitFor();
    expect(await result.textContent()).toContain('18,400=18,362 delivered+38 pending');
  });

  it('Beyond 11 is paused and resumed', async () => {
    const shown = await page('/dst_1');
    await shown.getByTestId('pause').click();
    await shown.getByTestId('destination-page').getByText('Paused', { exact: true }).waitFor();
    await shown.getByTestId('resume').click();
    await shown.getByTestId('destination-page').getByText('Healthy', { exact: true }).waitFor();
  });

  it('WM7 Delete asks: No changes nothing, Yes removes it', async () => {
    const shown = await page('/dst_3');
    await shown.getByTestId('delete').click();
    await shown.getByRole('alertdialog').getByRole('button', { name: 'No' }).click();
    await shown.getByRole('alertdialog').waitFor({ state: 'detached' });
    expect(acme().destinations).toHaveLength(3);
    await shown.getByTestId('delete').click();
    await shown.getByRole('alertdialog').getByRole('button', { name: 'Yes' }).click();
    await shown.waitForURL('**/organisation/audit-events');
    expect(acme().destinations.map((each) => each.id)).toEqual(['dst_1', 'dst_2']);
  });
});

describe('looks', () => {
  it('follow the system, and the reader where they choose', async () => {
    const page = await opened('ada@acme.example', '/', { colorScheme: 'dark' });
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
    expect(await theme()).toBe('dark');
    await page.getByTestId('user-menu').click();
    await page.getByRole('menuitemradio', { name: 'Light' }).click();
    expect(await theme()).toBe('light');
    await page.reload();
    expect(await theme()).toBe('light');
  });

  it.each([
    ['desktop', 1280],
    ['tablet', 820],
  ])('nothing is cut off on a %s', async (_, width) => {
    const page = await opened('ada@acme.example', `/orgs/acme/events/${eventOf('endpoint.updated').key}`, {
      viewport: { width, height: 900 },
    });
    await page.getByTestId('proof').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RunningService } from '@auditorium/http';
import {
  DEMO_PASSWORD,
  freePort,
  nodeBinary,
  repositoryFolder,
  startIdentityProvider,
  type IdentityProvider,
} from '@auditorium/local';
import { openBrowser } from '@auditorium/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { consoleSettings } from '../src/settings.ts';
import { startConsole } from '../src/start-console.ts';
import { FixtureServer } from './fixture-server.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** Builds the web part into a folder of its own, so that a test never serves what somebody else is building. */
async function buildWeb(folder: string): Promise<string> {
  const outDir = join(folder, 'web');
  const vite = join(repositoryFolder, 'node_modules/vite/bin/vite.js');
  // A process of its own: under a test runner React would be bundled in its development form.
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(
    nodeBinary(),
    [vite, 'build', '--logLevel', 'error', '--outDir', outDir, '--emptyOutDir'],
    { cwd: PACKAGE, env },
  );
  return outDir;
}

/** The console as it is shipped, a real identity provider, a real browser; behind them the services' HTTP surface in memory. */
export interface RunningConsole {
  url: string;
  fixture: FixtureServer;
  browser: Browser;
  /** A page of a fresh browser profile. Whatever the page's console reports as an error is kept in `errors`. */
  page(options?: BrowserContextOptions): Promise<Page & { errors: string[] }>;
  /** Signs `email` in on a fresh page, which then shows `path`. */
  signIn(email: string, path?: string, options?: BrowserContextOptions): Promise<Page & { errors: string[] }>;
  /** The same with the tokens of that person's first sign-in, which is quicker. */
  signedIn(
    email: string,
    path?: string,
    options?: BrowserContextOptions,
  ): Promise<Page & { errors: string[] }>;
  stop(): Promise<void>;
}

export async function runConsole(): Promise<RunningConsole> {
  const folder = mkdtempSync(join(tmpdir(), 'auditorium-console-'));
  const fixture = new FixtureServer();
  const [webFolder, services, identity, browser] = await Promise.all([
    buildWeb(folder),
    fixture.start(),
    freePort().then((port) =>
      startIdentityProvider({ dataDir: join(folder, 'identity'), port, fresh: true }),
    ),
    openBrowser(),
  ]);
  const server = await startConsole(settingsFor(identity, services), webFolder);
  const url = server.url.replace('127.0.0.1', 'localhost');
  const sessions = new Map<string, Record<string, string>>();
  const page = (options: BrowserContextOptions = {}) => freshPage(browser, url, options);
  return {
    url,
    fixture,
    browser,
    page,
    signIn: async (email, path = '/', options = {}) => signIn(await page(options), email, path),
    signedIn: async (email, path = '/', options = {}) =>
      reuseSession(sessions, await page(options), email, path),
    stop: () => stopAll(server, identity, fixture, browser, folder),
  };
}

function settingsFor(identity: IdentityProvider, services: string) {
  return consoleSettings.parse({
    AUDITORIUM_HOST: '127.0.0.1',
    AUDITORIUM_PORT: '0',
    AUDITORIUM_LOG_LEVEL: 'silent',
    AUDITORIUM_OIDC_ISSUER: identity.issuer,
    AUDITORIUM_DIRECTORY_URL: services,
    AUDITORIUM_QUERY_URL: services,
    AUDITORIUM_DELIVERY_URL: services,
    AUDITORIUM_ENRICHMENT_URL: services,
  });
}

async function freshPage(
  browser: Browser,
  baseURL: string,
  options: BrowserContextOptions,
): Promise<Page & { errors: string[] }> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1440, height: 900 },
    timezoneId: 'Europe/Vienna',
    locale: 'en-GB',
    ...options,
  });
  const page = Object.assign(await context.newPage(), { errors: [] as string[] });
  page.on('pageerror', (error) => page.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (401|403|404|503)/.test(message.text()))
      page.errors.push(message.text());
  });
  return page;
}

async function signIn<P extends Page>(page: P, email: string, path: string): Promise<P> {
  await page.goto(path);
  await page.getByTestId('sign-in').click();
  await page.fill('#email', email);
  await page.fill('#password', DEMO_PASSWORD);
  await page.click('button.primary');
  await page.waitForURL(
    (url) => url.port === new URL(page.url()).port && !/signed-in|interaction|auth/.test(url.pathname),
  );
  return page;
}

async function reuseSession<P extends Page>(
  sessions: Map<string, Record<string, string>>,
  page: P,
  email: string,
  path: string,
): Promise<P> {
  const known = sessions.get(email);
  if (known === undefined) {
    await signIn(page, email, path);
    sessions.set(email, await page.evaluate(() => Object.fromEntries(Object.entries(sessionStorage))));
    return page;
  }
  await page.addInitScript((items) => {
    for (const [name, value] of Object.entries(items)) sessionStorage.setItem(name, value);
  }, known);
  await page.goto(path);
  return page;
}

async function stopAll(
  server: RunningService,
  identity: IdentityProvider,
  fixture: FixtureServer,
  browser: Browser,
  folder: string,
): Promise<void> {
  await browser.close();
  await Promise.all([server.stop(), identity.stop(), fixture.stop()]);
  rmSync(folder, { recursive: true, force: true });
}

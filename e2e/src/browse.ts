import { openBrowser } from '@auditorium/testing';
import type { Browser, Page } from 'playwright-core';
import type { Running } from './start-system.ts';

/** A browser with somebody signed in, through the identity provider's own page, as a person does it. */
export interface SignedIn {
  readonly page: Page;
  /** Uncaught errors and messages of the content security policy. */
  readonly errors: string[];
}

/** Opens the browser that all tests of a file share. */
export function browse(): Promise<Browser> {
  return openBrowser();
}

/** Signs somebody in, in a browser context of its own. */
export async function signIn(
  browser: Browser,
  running: Running,
  email: string,
  options: { colorScheme?: 'light' | 'dark' } = {},
): Promise<SignedIn> {
  const context = await browser.newContext({
    baseURL: running.local.origin,
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && message.text().includes('Content Security Policy'))
      errors.push(message.text());
  });
  const user = running.local.users.find((each) => each.email === email);
  if (user === undefined) throw new Error(`nobody has the address ${email}`);
  await page.goto('/');
  await page.getByTestId('sign-in').click();
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(user.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(
    (url) => url.origin === new URL(running.local.origin).origin && url.pathname !== '/signed-in',
  );
  return { page, errors };
}

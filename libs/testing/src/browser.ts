import { existsSync } from 'node:fs';
import bundled from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';
import { browserHome } from './browser-home.ts';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * What the package adds for a function in a cloud. One process for everything ends the browser with the first context that
 * is closed, and without web security a page that breaks its own security policy would pass.
 */
const UNFIT =
  /^--(headless|single-process|no-zygote|disable-web-security|allow-running-insecure-content|disable-site-isolation-trials)/;

/** A headless Chromium: the one inside the npm package on Linux x64, elsewhere an installed one. Close it after use. */
export async function openBrowser(): Promise<Browser> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    const { executablePath, env } = await browserHome();
    const args = bundled.args.filter((arg) => !UNFIT.test(arg));
    return chromium.launch({ executablePath, args, headless: true, env: { ...withoutProxies(), ...env } });
  }
  const executablePath = INSTALLED.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error('No browser: install Chrome or Chromium, or test on Linux x64.');
  return chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true });
}

/** Everything that tests look at is on this machine; a proxy would answer in its place. */
function withoutProxies(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/proxy$/i.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

import { existsSync } from 'node:fs';
import bundled from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

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
    const args = bundled.args.filter((arg) => !UNFIT.test(arg));
    return chromium.launch({
      executablePath: await bundled.executablePath(),
      args,
      headless: true,
      env: fontsOf(),
    });
  }
  const executablePath = INSTALLED.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error('No browser: install Chrome or Chromium, or test on Linux x64.');
  return chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true });
}

/** The package's own fonts and libraries are found by variables that it sets when it unpacks; proxies stay out. */
function fontsOf(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/proxy$/i.test(name));
  return Object.fromEntries(kept) as Record<string, string>;
}

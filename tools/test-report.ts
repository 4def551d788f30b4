import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that failed: where, what, and what it said. */
export interface Failure {
  where: string;
  title: string;
  message: string;
}

/** Numbers of tests, and the failed ones. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  failures: Failure[];
}

/** What Vitest's JSON reporter writes, as far as we read it. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

const MESSAGE_LINES = 20;

/**
 * Adds up the reports of all packages. A file that failed without a failed test (it could not be read, a hook failed)
 * counts as one. If a run failed and no report says why, that counts as one too: green must mean that all ran.
 */
export function readReports(folder: string, allRan: boolean): Totals {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const totals: Totals = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const file of files) {
    const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report;
    const failures = report.testResults.flatMap(failuresOf);
    totals.passed += report.numPassedTests;
    totals.skipped += report.numPendingTests + report.numTodoTests;
    totals.failed += failures.length;
    totals.failures.push(...failures);
  }
  if (allRan || totals.failed > 0) return totals;
  const title = 'a package could not be built or tested to its end; see above';
  return { ...totals, failed: 1, failures: [{ where: 'nx', title, message: '' }] };
}

function failuresOf(file: Report['testResults'][number]): Failure[] {
  const where = file.name.replace(`${process.cwd()}/`, '');
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0 && file.status === 'failed')
    return [{ where, title: '(the file itself)', message: file.message }];
  return failed.map((test) => ({
    where,
    title: test.fullName.trim(),
    message: test.failureMessages.join('\n'),
  }));
}

/** The text that ends a run: every failure, then the line of numbers. */
export function addUp(parts: readonly Totals[]): { failed: number; text: string } {
  const sum = (name: 'passed' | 'failed' | 'skipped'): number =>
    parts.reduce((all, part) => all + part[name], 0);
  const failures = parts.flatMap((part) => part.failures).map(describe);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  const line = `${sum('passed')} passed, ${sum('failed')} failed${skipped}`;
  return { failed: sum('failed'), text: [...failures, line].join('\n\n') };
}

function describe({ where, title, message }: Failure): string {
  const said = message
    .split('\n')
    .slice(0, MESSAGE_LINES)
    .map((line) => `    ${line}`);
  return [`✗ ${where}`, `  ${title}`, ...(message === '' ? [] : said)].join('\n');
}

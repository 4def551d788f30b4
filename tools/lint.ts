/**
 * The lint of the house, one command: formatting, type-aware lint rules, the dependency rule between packages.
 * Runs all of them even when one fails, so that a contributor sees everything at once.
 */
import { spawnSync } from 'node:child_process';

const steps: ReadonlyArray<{ name: string; command: string; args: string[] }> = [
  { name: 'layers', command: 'node', args: ['tools/check-layers.ts'] },
  { name: 'rules', command: 'oxlint', args: ['--type-aware', '--deny-warnings', '.'] },
  { name: 'format', command: 'prettier', args: ['--check', '--log-level=warn', '.'] },
];

const root = new URL('..', import.meta.url).pathname;
const failed = steps.filter(({ command, args }) => {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env['PATH'] ?? ''}` },
  });
  return result.status !== 0;
});

if (failed.length > 0) {
  console.error(`lint failed: ${failed.map((s) => s.name).join(', ')} (npm run format mends formatting)`);
  process.exit(1);
}

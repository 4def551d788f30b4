import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where `npm test` collects what every package says; unset when a package is tested alone. */
const reports = process.env['TEST_REPORTS_FOLDER'];

/** One configuration for every package; `npx nx test <package>` runs it with the package as its root. */
export default defineConfig({
  // Test files belong to no package's tsconfig, so what Nest's decorators need is said here once more.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['@auditorium/source', 'node'] },
  ssr: { resolve: { conditions: ['@auditorium/source', 'node'] } },
  test: {
    include: ['test/**/*.spec.ts'],
    pool: 'forks',
    // A harmless timer of kafkajs.
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
    ...(reports && {
      reporters: ['default', ['json', { outputFile: join(reports, `${basename(process.cwd())}.json`) }]],
    }),
  },
});

import { defineConfig } from 'vitest/config';

/** One configuration for every package; `npx nx test <package>` runs it with the package as its root. */
export default defineConfig({
  // Test files belong to no package's tsconfig, so what Nest's decorators need is said here once more.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['@auditorium/source', 'node'] },
  ssr: { resolve: { conditions: ['@auditorium/source', 'node'] } },
  test: {
    include: ['test/**/*.spec.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    passWithNoTests: true,
  },
});

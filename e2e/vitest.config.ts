import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../vitest.config.ts';

/** What needs nothing running, and what shares one running system, one file at a time: it counts what others would disturb. */
export default mergeConfig(
  base,
  defineConfig({
    test: {
      fileParallelism: false,
      // Services drain for up to 25 s; a teardown that is cut short leaves them running.
      teardownTimeout: 90_000,
      projects: [
        { extends: true, test: { name: 'faults', include: ['faults/**/*.spec.ts'], exclude: ['test/**'] } },
        {
          extends: true,
          test: {
            name: 'black box',
            globalSetup: ['./src/start-system.ts'],
            testTimeout: 240_000,
            hookTimeout: 240_000,
          },
        },
      ],
    },
  }),
);

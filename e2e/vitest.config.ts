import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../vitest.config.ts';

/** One running system for all files, one file at a time: they count what the others would disturb. */
export default mergeConfig(
  base,
  defineConfig({
    test: {
      globalSetup: ['./src/start-system.ts'],
      fileParallelism: false,
      testTimeout: 240_000,
      hookTimeout: 240_000,
      // Services drain for up to 25 s; a teardown that is cut short leaves them running.
      teardownTimeout: 90_000,
    },
  }),
);

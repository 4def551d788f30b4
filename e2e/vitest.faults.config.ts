import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import base from '../vitest.config.ts';

const reports = process.env['TEST_REPORTS_FOLDER'];

/** The checker and the crash harness: without the running system that the other tests share, which would only be in the way. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['faults/**/*.spec.ts'],
    fileParallelism: false,
    ...(reports && {
      reporters: ['default', ['json', { outputFile: join(reports, 'e2e-faults.json') }]],
    }),
  },
});

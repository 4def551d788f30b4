import { consumeTopic } from '@auditorium/kafka';
import { createPool } from '@auditorium/postgres';
import { openPartitions } from '../src/open-partition.ts';
import type { SealerPoint } from '../src/seal-segment.ts';
import { dependencies, silent, storeAt } from './sealer-harness.ts';

/** What the parent tells a sealer that it wants to see killed. */
export interface SealerLife {
  brokers: string[];
  databaseUrl: string;
  s3Endpoint: string;
  bucket: string;
  topic: string;
  groupId: string;
  /** Kills itself with SIGKILL when it comes to this point for the nth time; lives on where there is none. */
  point?: SealerPoint;
  nth?: number;
}

const life = JSON.parse(process.env['SEALER_LIFE'] ?? '{}') as SealerLife;
const pool = createPool({ url: life.databaseUrl, applicationName: 'sealer-life' });
const store = await storeAt(life.s3Endpoint, life.bucket);
let seen = 0;

await consumeTopic({
  brokers: life.brokers,
  clientId: 'sealer-life',
  groupId: life.groupId,
  topic: life.topic,
  source: openPartitions(
    dependencies(
      { pool, store },
      {
        intervalMs: 20,
        segmentBytes: 1_000,
        reached: (point) => {
          if (point !== life.point) return;
          seen += 1;
          if (seen >= (life.nth ?? 1)) process.kill(process.pid, 'SIGKILL');
        },
      },
    ),
  ),
  log: silent,
  onFatal: () => process.exit(1),
});

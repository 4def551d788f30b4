import type { TestDependencies } from '../test-destination.ts';

/** What the destinations' HTTP stands on. */
export interface DestinationsApi extends TestDependencies {
  /** The principal of ours that customers trust. */
  readonly platformPrincipalArn: string;
  /** Taken for buckets whose region nobody has named. */
  readonly region: string;
}

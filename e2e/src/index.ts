export type { Running } from './start-system.ts';
export { browse, signIn, type SignedIn } from './browse.ts';
export { runCli, type CliResult } from './cli.ts';
export { bucketObjects, type BucketObject } from './bucket.ts';
export { ledgerOf, rejectedAt, type LedgerLine } from './ledger.ts';
export { enrichedOf, type EnrichedLine } from './enriched.ts';
export { eventually } from './eventually.ts';
export { signalService } from './service-process.ts';
export { reconciliationOf, settled, type Reconciliation } from './reconciliation.ts';

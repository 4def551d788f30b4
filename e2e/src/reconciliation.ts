import { runCli } from './cli.ts';
import { eventually } from './eventually.ts';
import type { Running } from './start-system.ts';

/** The part of `auditorium reconcile --json` that these tests look at. */
export interface Reconciliation {
  readonly org: string;
  readonly addsUp: boolean;
  readonly head: number;
  readonly problems: { readonly name: string; readonly says: string; left?: number; right?: number }[];
  readonly partition: {
    readonly ledger: { accepted: number; rejected: number; repeats: number; holes: number; gap: unknown };
    readonly log: { readonly unsealed: { records: number; holes: number } | { uncounted: string } };
  };
  readonly view: { readonly last: number; readonly events: number; readonly expected: number | null } | null;
  readonly destinations: { readonly state: string; readonly delivered: number; readonly pending: number }[];
}

/** What `auditorium reconcile --org … --json` says, with its exit code. */
export async function reconciliationOf(
  running: Running,
  org: string,
): Promise<{ code: number | null; reconciliation: Reconciliation }> {
  const { code, stdout, stderr } = await runCli(running, 'reconcile', '--org', org, '--json');
  try {
    return { code, reconciliation: JSON.parse(stdout) as Reconciliation };
  } catch (cause) {
    throw new Error(`reconcile printed no JSON: ${stdout} ${stderr}`, { cause });
  }
}

/** Waits until everything sent so far is sealed, in the view, and delivered to every bucket, and adds up. */
export function settled(running: Running, org: string, seconds = 90): Promise<Reconciliation> {
  let last: Reconciliation | undefined;
  const look = async (): Promise<Reconciliation | undefined> => {
    const { code, reconciliation } = await reconciliationOf(running, org);
    last = reconciliation;
    return code === 0 && isQuiet(reconciliation) ? reconciliation : undefined;
  };
  return eventually(`${org} is settled`, look, seconds).catch((error: unknown) => {
    throw new Error(`${org} does not settle: ${JSON.stringify(last, undefined, 1)}`, { cause: error });
  });
}

function isQuiet({ partition, view, head, destinations }: Reconciliation): boolean {
  const { unsealed } = partition.log;
  return (
    'records' in unsealed &&
    unsealed.records === 0 &&
    view?.events === head &&
    destinations.every(({ pending, delivered }) => pending === 0 && delivered > 0)
  );
}

import type { Api } from '@auditorium/local';
import { type Customer, slugOf } from '../system/customers.ts';

/** What the services' own reconciliation says of an org. */
export interface Reconciled {
  readonly org: string;
  readonly addsUp: boolean;
  readonly problems: readonly string[];
}

/** Orgs that are asked for. */
const ASKED = 5;

/** Asks the services themselves whether their sums hold, for a few orgs, each instance in turn. */
export async function reconcileSome(
  deliveries: readonly Api[],
  customers: readonly Customer[],
): Promise<Reconciled[]> {
  const answers: Reconciled[] = [];
  for (const [index, { org }] of customers.slice(0, ASKED).entries())
    answers.push(await reconcile(deliveries[index % deliveries.length]!, org));
  return answers;
}

async function reconcile(delivery: Api, org: string): Promise<Reconciled> {
  try {
    const answer = await delivery.call<{ addsUp: boolean; problems: { name: string; says: string }[] }>(
      'GET',
      `/api/v1/orgs/${slugOf(org)}/reconciliation`,
    );
    const problems = (answer?.problems ?? []).map(({ name, says }) => `${name}: ${says}`);
    return { org, addsUp: answer?.addsUp ?? false, problems };
  } catch (error) {
    return { org, addsUp: false, problems: [String(error)] };
  }
}

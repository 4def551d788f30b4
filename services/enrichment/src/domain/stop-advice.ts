import type { Loss } from './loss.ts';

/** What an operator does next about a partition that stands still; docs/runbooks/gap.md says it at length. */
export function adviceOn(code: string, partition: number, lost: Loss | undefined): string {
  const command = `--partition ${partition}`;
  if (code === 'raw-loss' && lost !== undefined)
    return `gone for good? gap accept ${command} --from ${lost.from} --to ${lost.to} --reason "…"`;
  if (code === 'enriched-gap') return `gap refill ${command}`;
  if (code === 'produce-rejected')
    return `raise max.message.bytes of the enriched topic, then gap refill ${command}`;
  if (code === 'resume-mismatch') return 'a topic was cut back or made anew: see the runbook, do not refill';
  return `find out why, then gap refill ${command}`;
}

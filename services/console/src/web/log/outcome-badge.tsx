import type { Outcome } from '../api/types.ts';
import { Badge, type Tone } from '../components/badge.tsx';

export const OUTCOME_LABEL: Record<Outcome, string> = {
  success: 'Success',
  failure: 'Failure',
  denied: 'Denied',
};
const TONE: Record<Outcome, Tone> = { success: 'ok', failure: 'warn', denied: 'bad' };

/** Success is the rule and stays quiet; what failed or was denied stands out of the column. */
export function OutcomeBadge({ outcome, quiet = false }: { outcome: Outcome; quiet?: boolean }) {
  return (
    <Badge tone={TONE[outcome] ?? 'quiet'} bare={quiet && outcome === 'success'} data-outcome={outcome}>
      {OUTCOME_LABEL[outcome] ?? outcome}
    </Badge>
  );
}

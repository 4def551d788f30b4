import type { Destination, DestinationState } from '../api/types.ts';
import { Badge, type Tone } from '../components/badge.tsx';
import { count, durationWords } from '../format/time.ts';

const STATE: Record<DestinationState, { label: string; tone: Tone; meaning: string }> = {
  pending: {
    label: 'Pending',
    tone: 'accent',
    meaning: 'Audit events are yet to be sent to this destination.',
  },
  healthy: { label: 'Healthy', tone: 'ok', meaning: 'Every window that was due has been delivered.' },
  failing: {
    label: 'Failing',
    tone: 'bad',
    meaning: 'The last try did not succeed. Nothing is lost: events wait and are sent again.',
  },
  conflict: {
    label: 'Conflict',
    tone: 'bad',
    meaning:
      'An object that we did not write lies under a key that was planned. Nothing is overwritten; sending waits for you.',
  },
  paused: {
    label: 'Paused',
    tone: 'warn',
    meaning: 'Sending is paused. Events wait, and go out in order once it is resumed.',
  },
  disabled: {
    label: 'Disabled',
    tone: 'quiet',
    meaning: 'The plan no longer includes this destination. Events wait.',
  },
};

export function StateBadge({ state }: { state: DestinationState }) {
  return (
    <Badge tone={STATE[state].tone} data-state={state}>
      {STATE[state].label}
    </Badge>
  );
}

export function stateMeaning(state: DestinationState): string {
  return STATE[state].meaning;
}

export function backlogWords({ backlog }: Destination): string {
  if (backlog === null) return '—';
  return backlog === 0 ? 'None' : count(backlog, 'event');
}

export function lagWords({ lagSeconds }: Destination): string {
  return lagSeconds === null || lagSeconds === 0 ? '—' : durationWords(lagSeconds);
}

/** `s3://bucket/prefix`, as people paste it into their own tools. */
export function addressOf({ bucket, prefix }: Destination): string {
  return `s3://${bucket}/${prefix}`;
}

import { AuditoriumError } from '@auditorium/events';

/** Somebody else has opened the partition since: what this process gathered is theirs to gather again. */
export function fenced(partition: number, epoch: number): AuditoriumError {
  return new AuditoriumError('fenced', `partition ${partition} is no longer ours in epoch ${epoch}`, {
    facts: { partition, epoch },
  });
}

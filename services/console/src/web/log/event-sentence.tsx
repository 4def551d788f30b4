import type { LoggedEvent } from '../api/types.ts';
import { cn } from '../components/class-names.ts';
import { sentenceOf } from './sentence.ts';

/** Who did what to what. The names are set in ink, the words between them recede. */
export function EventSentence({ event, className }: { event: LoggedEvent; className?: string }) {
  const { actor, phrase, link, target, more } = sentenceOf(event);
  if (event.sentence) return <span className={className}>{event.sentence}</span>;
  return (
    <span className={cn('text-soft', className)}>
      <b className={cn('font-medium text-ink', !event.actorname && 'font-mono text-[0.92em]')}>{actor}</b>{' '}
      {phrase}
      {target !== null && (
        <>
          {' '}
          {link && `${link} `}
          <b className="font-medium text-ink">{target}</b>
        </>
      )}
      {more > 0 && <> and {more} more</>}
    </span>
  );
}

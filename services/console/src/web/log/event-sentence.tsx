import type { LoggedEvent } from '../api/types.ts';
import { cn } from '../components/class-names.ts';
import { sentenceParts } from './sentence.ts';

/** Who did what to what. The names are set in ink, the words between them recede. */
export function EventSentence({ event, className }: { event: LoggedEvent; className?: string }) {
  return (
    <span className={cn('text-soft', className)}>
      {sentenceParts(event).map(({ text, strong }, index) =>
        strong ? (
          <b key={index} className="font-medium text-ink">
            {text}
          </b>
        ) : (
          text
        ),
      )}
    </span>
  );
}

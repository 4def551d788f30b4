import { ArrowUp } from 'lucide-react';
import { count } from '../format/time.ts';

/** Says that the page is followed, and how many events wait to be shown. */
export function LivePill({
  count: waiting,
  capped,
  following,
  onShow,
}: {
  count: number;
  capped: boolean;
  following: boolean;
  onShow: () => void;
}) {
  if (!following) return null;
  return (
    <span aria-live="polite" className="inline-flex items-center">
      {waiting === 0 ? (
        <span
          className="inline-flex items-center gap-1.5 text-xs text-faint"
          title="New events are announced here"
        >
          <span className="size-1.5 rounded-full bg-ok-mark" />
          Live
        </span>
      ) : (
        <button
          type="button"
          onClick={onShow}
          data-testid="live-pill"
          className="inline-flex h-6 items-center gap-1 rounded-full bg-accent px-2.5 text-xs font-medium text-on-accent hover:opacity-90"
        >
          <ArrowUp className="size-3" />
          {capped ? `${waiting}+ new events` : count(waiting, 'new event')}
        </button>
      )}
    </span>
  );
}

import { ChevronLeft, ChevronRight, ChevronsLeft } from 'lucide-react';
import type { EventPage } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { count, shortTime } from '../format/time.ts';
import { useZone } from '../shell/preferences.ts';
import { useNow } from '../shell/use-now.ts';
import { useLogSearch } from './use-log-search.ts';

/** Older and newer pages by cursor: they stay the same pages while new events arrive. */
export function Pager({ page }: { page: EventPage }) {
  const { search, goTo } = useLogSearch();
  const [zone] = useZone();
  const now = useNow();
  const [first, last] = [page.events[0], page.events.at(-1)];
  return (
    <nav
      aria-label="Pages"
      className="flex h-11 shrink-0 items-center gap-2 border-t border-line px-5 text-xs text-faint"
    >
      <span className="min-w-0 flex-1 truncate tabular" data-testid="page-extent">
        {count(page.events.length, 'event')}
        {first && last && (
          <span className="hidden @xl:inline">
            , {shortTime(first.time, zone, now)} back to {shortTime(last.time, zone, now)}
          </span>
        )}
      </span>
      {search.cursor !== undefined && (
        <Button look="ghost" size="xs" onClick={() => goTo(undefined)} data-testid="page-newest">
          <ChevronsLeft /> Newest
        </Button>
      )}
      <Button
        size="xs"
        disabled={!page.previous}
        onClick={() => goTo(page.previous ?? undefined)}
        data-testid="page-newer"
      >
        <ChevronLeft /> Newer
      </Button>
      <Button
        size="xs"
        disabled={!page.next}
        onClick={() => goTo(page.next ?? undefined)}
        data-testid="page-older"
      >
        Older <ChevronRight />
      </Button>
    </nav>
  );
}

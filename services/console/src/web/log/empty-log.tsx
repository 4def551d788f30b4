import { Link } from '@tanstack/react-router';
import { FilterX, Inbox, SearchX } from 'lucide-react';
import { buttonStyle } from '../components/button.tsx';
import { CopyButton } from '../components/copy.tsx';
import { Notice } from '../components/notice.tsx';
import { absoluteTime, relativeTime } from '../format/time.ts';
import { useOrg } from '../shell/me-context.tsx';
import { useZone } from '../shell/preferences.ts';
import { useNow } from '../shell/use-now.ts';
import { activeFilters, presetOf, windowEndingAt, type LogSearch } from './search.ts';

const outline = buttonStyle({ look: 'outline', size: 'md' });
const solid = buttonStyle({ look: 'solid', size: 'md' });

/** Three kinds of nothing: no event ever, none that matches, none in this stretch of time. Each has its own way on. */
export function EmptyLog({ search, newest }: { search: LogSearch; newest: string | null }) {
  const filtered = activeFilters(search).length > 0;
  if (newest === null && !filtered) return <NoEvents />;
  return filtered ? <NoMatch search={search} /> : <EmptyWindow search={search} newest={newest} />;
}

function NoEvents() {
  const org = useOrg();
  const command = `npx auditorium emit project.renamed --org ${org.slug} --actor user/u_1 --target project/p_7`;
  return (
    <Notice testId="empty-log" icon={<Inbox />} title="No events yet" className="max-w-xl">
      <p>The first event of {org.name} appears here within a second of being emitted.</p>
      <div className="mt-4 flex items-center gap-2 rounded-lg border border-line bg-sunken py-1.5 pr-1.5 pl-3 text-left">
        <code className="quiet-scroll min-w-0 flex-1 overflow-x-auto text-xs whitespace-nowrap text-ink">
          {command}
        </code>
        <CopyButton text={command} label="Copy command" />
      </div>
    </Notice>
  );
}

function NoMatch({ search }: { search: LogSearch }) {
  const org = useOrg();
  const { range, from, to } = search;
  const time = { ...(range ? { range } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) };
  const everywhere = { ...search, range: 'all' };
  delete everywhere.from;
  delete everywhere.to;
  delete everywhere.cursor;
  return (
    <Notice
      testId="no-match"
      icon={<SearchX />}
      title="No events match these filters"
      actions={
        <>
          <Link to="/orgs/$org/events" params={{ org: org.slug }} search={time} className={outline}>
            <FilterX /> Clear filters
          </Link>
          {presetOf(search)?.seconds !== null && (
            <Link to="/orgs/$org/events" params={{ org: org.slug }} search={everywhere} className={outline}>
              Search all time
            </Link>
          )}
        </>
      }
    >
      Nothing in this stretch of time matches all of them. Remove one, or look further back.
    </Notice>
  );
}

function EmptyWindow({ search, newest }: { search: LogSearch; newest: string | null }) {
  const org = useOrg();
  const now = useNow();
  const [zone] = useZone();
  const preset = presetOf(search);
  const title = preset ? `Nothing in the ${preset.label.toLowerCase()}` : 'Nothing in this stretch of time';
  if (newest === null) return <Notice testId="empty-window" icon={<Inbox />} title={title} />;
  return (
    <Notice
      testId="empty-window"
      icon={<Inbox />}
      title={title}
      actions={
        <Link
          to="/orgs/$org/events"
          params={{ org: org.slug }}
          search={windowEndingAt(newest)}
          className={solid}
          data-testid="go-to-newest"
        >
          Go to the newest event
        </Link>
      }
    >
      The newest event of {org.name} is from{' '}
      <time dateTime={newest} className="font-medium text-ink">
        {absoluteTime(newest, zone)}
      </time>
      , {relativeTime(newest, now)}.
    </Notice>
  );
}

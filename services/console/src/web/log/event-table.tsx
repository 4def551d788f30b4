import { Link } from '@tanstack/react-router';
import { Fragment, useEffect, useRef } from 'react';
import type { LoggedEvent } from '../api/types.ts';
import { ActorMark } from '../components/avatar.tsx';
import { cn } from '../components/class-names.ts';
import { TimeHint } from '../components/time-stamp.tsx';
import { Tooltip } from '../components/tooltip.tsx';
import { clockTime, dayName, relativeTime, type Zone } from '../format/time.ts';
import { useOrg } from '../shell/me-context.tsx';
import { useZone } from '../shell/preferences.ts';
import { useNow } from '../shell/use-now.ts';
import { EventSentence } from './event-sentence.tsx';
import { OutcomeBadge } from './outcome-badge.tsx';
import { plainSentence } from './sentence.ts';

const DAY_MS = 86_400_000;
const wide = 'hidden @3xl:table-cell';
const wider = 'hidden @5xl:table-cell';
const cell = 'h-10 border-b border-line px-2 align-middle';
const dayCell = 'sticky top-8 z-10 h-7 border-b border-line bg-sunken';
const head =
  'sticky top-0 z-20 h-8 border-b border-line bg-page px-2 text-left text-xs font-normal text-faint';

export function EventTable({
  events,
  selected,
  stale,
}: {
  events: LoggedEvent[];
  selected: string | undefined;
  stale: boolean;
}) {
  const now = useNow();
  const [zone] = useZone();
  return (
    <table
      data-testid="events"
      className={cn(
        'w-full table-fixed border-separate border-spacing-0 transition-opacity',
        stale && 'opacity-50',
      )}
    >
      <Columns />
      <tbody>
        {events.map((event, index) => {
          const day = dayName(event.time, zone, now);
          const last = events[index - 1];
          return (
            <Fragment key={event.key}>
              {(!last || dayName(last.time, zone, now) !== day) && <DayRow day={day} />}
              <EventRow event={event} selected={event.key === selected} zone={zone} now={now} />
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

function Columns() {
  return (
    <thead>
      <tr>
        <th scope="col" className={cn(head, 'w-32 pl-5')}>
          Time
        </th>
        <th scope="col" className={head}>
          Event
        </th>
        <th scope="col" className={cn(head, wide, 'w-56')}>
          Action
        </th>
        <th scope="col" className={cn(head, wider, 'w-36')}>
          From
        </th>
        <th scope="col" className={cn(head, 'w-28 pr-5')}>
          Outcome
        </th>
      </tr>
    </thead>
  );
}

function DayRow({ day }: { day: string }) {
  return (
    <tr>
      <th
        scope="rowgroup"
        colSpan={3}
        className={cn(dayCell, 'px-5 text-left text-xs font-medium text-soft')}
      >
        {day}
      </th>
      {/* One cell for each column that may be hidden: a wider span would keep room for columns that are not there. */}
      <td aria-hidden className={cn(dayCell, wide)} />
      <td aria-hidden className={cn(dayCell, wider)} />
    </tr>
  );
}

function EventRow({
  event,
  selected,
  zone,
  now,
}: {
  event: LoggedEvent;
  selected: boolean;
  zone: Zone;
  now: number;
}) {
  const org = useOrg();
  const link = {
    to: '/orgs/$org/events/$key',
    params: { org: org.slug, key: event.key },
    search: true,
  } as const;
  const age = now - new Date(event.time).getTime();
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (selected) row.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  return (
    <tr
      ref={row}
      data-testid="event"
      data-key={event.key}
      aria-current={selected ? 'true' : undefined}
      className={cn(
        'group relative scroll-mt-16',
        selected ? 'bg-selected' : 'hover:bg-hover has-[a:focus-visible]:bg-hover',
      )}
    >
      <td
        className={cn(
          cell,
          'relative pl-5',
          selected && 'before:absolute before:inset-y-0 before:left-0 before:w-0.5 before:bg-accent',
        )}
      >
        <Tooltip label={<TimeHint time={event.time} />} side="right">
          <Link {...link} tabIndex={-1} className="relative z-1 inline-block py-2 text-soft tabular">
            <time dateTime={event.time}>
              {age < DAY_MS ? relativeTime(event.time, now) : clockTime(event.time, zone)}
            </time>
          </Link>
        </Tooltip>
      </td>
      <td className={cn(cell, 'overflow-hidden')}>
        <Link
          {...link}
          data-row
          aria-label={plainSentence(event)}
          className="flex min-w-0 items-center gap-2.5 after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          <ActorMark type={event.data.actor.type} id={event.data.actor.id} name={event.actorname} />
          <EventSentence event={event} className="truncate" />
        </Link>
      </td>
      <td className={cn(cell, wide, 'truncate font-mono text-xs text-soft')}>{event.type}</td>
      <td className={cn(cell, wider, 'truncate font-mono text-xs text-faint')}>
        {event.data.context?.ip ?? ''}
      </td>
      <td className={cn(cell, 'pr-5')}>
        <OutcomeBadge outcome={event.data.outcome} quiet />
      </td>
    </tr>
  );
}

const SKELETON_ROWS = 14;

export function EventTableSkeleton() {
  return (
    <table className="w-full table-fixed border-separate border-spacing-0" aria-label="Loading events">
      <Columns />
      <tbody>
        {Array.from({ length: SKELETON_ROWS }, (_, index) => (
          <tr key={index} aria-hidden>
            <td aria-hidden className={cn(cell, 'pl-5')}>
              <span className="skeleton block h-3 w-16" />
            </td>
            <td aria-hidden className={cell}>
              <span className="flex items-center gap-2.5">
                <span className="skeleton size-5 !rounded-full" />
                <span className={cn('skeleton h-3', ['w-64', 'w-80', 'w-56'][index % 3])} />
              </span>
            </td>
            <td aria-hidden className={cn(cell, wide)}>
              <span className="skeleton block h-3 w-32" />
            </td>
            <td aria-hidden className={cn(cell, wider)}>
              <span className="skeleton block h-3 w-24" />
            </td>
            <td aria-hidden className={cn(cell, 'pr-5')}>
              <span className="skeleton block h-3 w-14" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

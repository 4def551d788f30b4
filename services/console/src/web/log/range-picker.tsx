import { CalendarClock, Check, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { cn } from '../components/class-names.ts';
import { Popover } from '../components/popover.tsx';
import { fromInputTime, shortTime, toInputTime, zoneName, type Zone } from '../format/time.ts';
import { useZone } from '../shell/preferences.ts';
import { useNow } from '../shell/use-now.ts';
import { inputStyle } from '../components/field.tsx';
import { boundsOf, DEFAULT_RANGE, presetOf, RANGES, type LogSearch } from './search.ts';
import { useLogSearch } from './use-log-search.ts';

export function RangePicker() {
  const { search, change } = useLogSearch();
  const [open, setOpen] = useState(false);
  const [zone] = useZone();
  const now = useNow();
  const preset = presetOf(search);
  const choose = (next: Pick<LogSearch, 'range' | 'from' | 'to'>) => {
    setOpen(false);
    change({ range: undefined, from: undefined, to: undefined, ...next });
  };
  const label = preset?.label ?? rangeLabel(search, zone, now);
  return (
    <Popover
      label="Time range"
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-80"
      trigger={
        <Button data-testid="range" aria-label={`Time range: ${label}`}>
          <CalendarClock className="text-faint" />
          <span className="tabular">{label}</span>
          <ChevronDown className="text-faint" />
        </Button>
      }
    >
      <ul className="grid grid-cols-2 gap-0.5">
        {RANGES.map((range) => (
          <li key={range.value}>
            <button
              type="button"
              onClick={() => choose(range.value === DEFAULT_RANGE ? {} : { range: range.value })}
              className={cn(
                'flex h-8 w-full items-center justify-between rounded-md px-2 text-left hover:bg-hover',
                range === preset && 'font-medium',
              )}
            >
              {range.label}
              {range === preset && <Check className="size-3.5" />}
            </button>
          </li>
        ))}
      </ul>
      <CustomRange key={String(open)} search={search} zone={zone} onChoose={choose} />
    </Popover>
  );
}

function rangeLabel({ from, to }: LogSearch, zone: Zone, now: number): string {
  if (from === undefined) return to === undefined ? 'All time' : `Until ${shortTime(to, zone, now)}`;
  if (to === undefined) return `Since ${shortTime(from, zone, now)}`;
  return `${shortTime(from, zone, now)} – ${shortTime(to, zone, now)}`;
}

function CustomRange({
  search,
  zone,
  onChoose,
}: {
  search: LogSearch;
  zone: Zone;
  onChoose: (range: { from?: string; to?: string }) => void;
}) {
  const [initial] = useState(() => ({ now: Date.now(), bounds: boundsOf(search, Date.now()) }));
  const start = new Date(initial.bounds.from ?? initial.now).getTime();
  const [from, setFrom] = useState(start <= 0 ? '' : toInputTime(start, zone));
  const [to, setTo] = useState(toInputTime(new Date(initial.bounds.to ?? initial.now).getTime(), zone));
  const range = { from: fromInputTime(from, zone), to: fromInputTime(to, zone) };
  const backwards = range.from !== undefined && range.to !== undefined && range.from >= range.to;
  return (
    <form
      className="mt-2 grid gap-2 border-t border-line px-2 pt-3 pb-1"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose({
          ...(range.from === undefined ? {} : { from: range.from }),
          ...(range.to === undefined ? {} : { to: range.to }),
        });
      }}
    >
      <p className="text-xs text-faint">
        Custom range, {zone === 'utc' ? 'in UTC' : `in your time (${zoneName('local')})`}
      </p>
      {(
        [
          ['From', from, setFrom],
          ['To', to, setTo],
        ] as const
      ).map(([label, value, set]) => (
        <label key={label} className="grid grid-cols-[3rem_1fr] items-center gap-2 text-soft">
          {label}
          <input
            type="datetime-local"
            step={1}
            value={value}
            onChange={(event) => set(event.target.value)}
            className={cn(inputStyle, 'tabular')}
          />
        </label>
      ))}
      {backwards && (
        <p role="alert" className="text-xs text-bad">
          The start must lie before the end.
        </p>
      )}
      <Button
        type="submit"
        look="solid"
        className="justify-self-end"
        disabled={backwards || (range.from === undefined && range.to === undefined)}
      >
        Apply
      </Button>
    </form>
  );
}

import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { LoggedEvent } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { Input } from '../components/field.tsx';
import { FacetFilter } from './facet-filter.tsx';
import { activeFilters } from './search.ts';
import { suggestionsOf } from './suggestions.ts';
import { useLogSearch } from './use-log-search.ts';

const TYPING_PAUSE_MS = 400;

export function FilterBar({ events }: { events: LoggedEvent[] }) {
  const { search, change, clear } = useLogSearch();
  return (
    <search aria-label="Filter events" className="flex shrink-0 flex-wrap items-center gap-1.5 px-5 pb-3">
      <TextSearch value={search.text ?? ''} onChange={(text) => change({ text: text || undefined })} />
      {(['actor', 'action', 'target', 'outcome'] as const).map((name) => (
        <FacetFilter
          key={name}
          name={name}
          value={search[name]}
          suggestions={suggestionsOf(name, events)}
          onChange={(value) => change({ [name]: value })}
        />
      ))}
      {activeFilters(search).length > 0 && (
        <Button look="ghost" size="xs" onClick={clear} data-testid="clear-filters">
          Clear all
        </Button>
      )}
    </search>
  );
}

function TextSearch({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  // The address may also change by itself (back, clear all); what the reader types on meanwhile must not be overwritten.
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  const send = (text: string) => {
    sent.current = text;
    onChange(text);
  };
  useEffect(() => {
    if (typed.trim() === sent.current) return;
    const timer = setTimeout(() => send(typed.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <form
      className="relative w-72"
      onSubmit={(event) => {
        event.preventDefault();
        send(typed.trim());
      }}
    >
      <Search className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-faint" />
      <Input
        data-search
        data-testid="filter-text"
        aria-label="Search events by text"
        placeholder="Search events"
        className="h-7 pr-8 pl-8"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
      {typed === '' ? (
        <kbd
          aria-hidden
          className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 rounded border border-line px-1 text-2xs leading-4 text-faint"
        >
          /
        </kbd>
      ) : (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => {
            setTyped('');
            send('');
          }}
          className="absolute top-1/2 right-1.5 -translate-y-1/2 rounded p-0.5 text-faint hover:text-ink"
        >
          <X className="size-3.5" />
        </button>
      )}
    </form>
  );
}

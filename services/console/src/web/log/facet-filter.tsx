import { Check, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { cn } from '../components/class-names.ts';
import { Input } from '../components/field.tsx';
import { Popover } from '../components/popover.tsx';
import { FILTER_LABEL, type FilterName } from './search.ts';
import type { Suggestion } from './suggestions.ts';

const PLACEHOLDER: Record<string, string> = {
  actor: 'user/u_123 or an id',
  action: 'project.renamed or project.*',
  target: 'project/p_7 or an id',
};

/** One filter: a dashed button while it is unset; once set, a chip that opens it again and one click to remove it. */
export function FacetFilter({
  name,
  value,
  suggestions,
  onChange,
}: {
  name: Exclude<FilterName, 'text'>;
  value: string | undefined;
  suggestions: Suggestion[];
  onChange: (value: string | undefined) => void;
}) {
  const [open, setOpen] = useState(false);
  const choose = (next: string) => {
    setOpen(false);
    onChange(next === '' ? undefined : next);
  };
  const known = suggestions.find((each) => each.value === value)?.label;
  const trigger =
    value === undefined ? (
      <Button look="dashed" size="sm" data-testid={`filter-${name}`}>
        <Plus /> {FILTER_LABEL[name]}
      </Button>
    ) : (
      <button
        type="button"
        data-testid={`filter-${name}`}
        className="flex h-full max-w-64 items-center gap-1.5 rounded-l-md px-2.5 hover:bg-hover"
      >
        <span className="text-faint">{FILTER_LABEL[name]}</span>
        <span className={cn('truncate font-medium', known === undefined && 'font-mono text-xs')}>
          {known ?? value}
        </span>
      </button>
    );
  return (
    <span
      className={cn(
        'inline-flex h-7 items-center text-sm',
        value !== undefined && 'rounded-md border border-line-strong bg-page',
      )}
      data-chip={value === undefined ? undefined : name}
    >
      <Popover
        trigger={trigger}
        open={open}
        onOpenChange={setOpen}
        label={`Filter by ${FILTER_LABEL[name].toLowerCase()}`}
      >
        <FacetForm key={String(open)} name={name} value={value} suggestions={suggestions} onChoose={choose} />
      </Popover>
      {value !== undefined && (
        <button
          type="button"
          aria-label={`Remove filter ${FILTER_LABEL[name]}`}
          onClick={() => onChange(undefined)}
          className="flex h-full w-6 items-center justify-center rounded-r-md border-l border-line text-faint hover:bg-hover hover:text-ink"
        >
          <X className="size-3" />
        </button>
      )}
    </span>
  );
}

function FacetForm({
  name,
  value,
  suggestions,
  onChoose,
}: {
  name: Exclude<FilterName, 'text'>;
  value: string | undefined;
  suggestions: Suggestion[];
  onChoose: (value: string) => void;
}) {
  const [typed, setTyped] = useState(name === 'outcome' ? '' : (value ?? ''));
  const needle = typed === value ? '' : typed.toLowerCase();
  const shown = suggestions.filter((each) => `${each.value} ${each.label}`.toLowerCase().includes(needle));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(typed.trim());
      }}
    >
      {name !== 'outcome' && (
        <Input
          aria-label={FILTER_LABEL[name]}
          placeholder={PLACEHOLDER[name]}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="font-mono text-xs placeholder:font-sans"
        />
      )}
      {shown.length > 0 && (
        <ul className={cn('quiet-scroll max-h-72 overflow-auto', name !== 'outcome' && 'mt-1.5')}>
          {name !== 'outcome' && <li className="px-2 pt-1 pb-1 text-xs text-faint">In the events shown</li>}
          {shown.map((each) => (
            <li key={each.value}>
              <button
                type="button"
                onClick={() => onChoose(each.value)}
                className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-left hover:bg-hover focus-visible:bg-hover"
              >
                <span
                  className={cn(
                    'min-w-0 shrink truncate',
                    each.hint === undefined && name === 'action' && 'font-mono text-xs',
                  )}
                >
                  {each.label}
                </span>
                {each.hint !== undefined && each.hint !== each.label && (
                  <span className="min-w-0 flex-1 truncate text-right font-mono text-2xs text-faint">
                    {each.hint}
                  </span>
                )}
                {each.value === value && <Check className="ml-auto size-3.5" />}
              </button>
            </li>
          ))}
        </ul>
      )}
      {needle !== '' && (
        <Button type="submit" look="ghost" size="sm" className="mt-1 w-full justify-start px-2">
          Filter by <code className="truncate text-xs text-ink">{typed.trim()}</code>
        </Button>
      )}
    </form>
  );
}

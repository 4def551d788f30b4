import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { cn } from '../components/class-names.ts';
import { count } from '../format/time.ts';
import { fieldDiff, type FieldChange } from './field-diff.ts';

/** What became of each field: struck out what was, below it what is. Unchanged fields are folded away. */
export function FieldDiff({ before, after }: { before: unknown; after: unknown }) {
  const [all, setAll] = useState(false);
  const changes = fieldDiff(before, after);
  const same = changes.filter((change) => change.kind === 'same').length;
  const shown = all ? changes : changes.filter((change) => change.kind !== 'same');
  return (
    <>
      {shown.length > 0 && (
        <div className="overflow-hidden rounded-lg border border-line" data-testid="diff">
          {shown.map((change) => (
            <Row key={change.path} change={change} />
          ))}
        </div>
      )}
      {shown.length === 0 && <p className="text-soft">No field differs.</p>}
      {same > 0 && (
        <Button
          look="ghost"
          size="xs"
          className="mt-1.5 -ml-2"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? 'Hide' : 'Show'} {count(same, 'unchanged field')}
        </Button>
      )}
    </>
  );
}

function Row({ change }: { change: FieldChange }) {
  const { kind, path } = change;
  return (
    <div
      className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] border-b border-line text-xs last:border-0"
      data-field={path}
      data-kind={kind}
    >
      <div className="border-r border-line bg-sunken px-3 py-1.5 font-mono break-all text-soft">
        {path === '' ? 'value' : path}
      </div>
      <div className="grid font-mono">
        {(kind === 'changed' || kind === 'removed') && (
          <Value sign="−" label="was" value={change.before} className="bg-bad-soft text-bad" />
        )}
        {(kind === 'changed' || kind === 'added') && (
          <Value sign="+" label="is" value={change.after} className="bg-ok-soft text-ok" />
        )}
        {kind === 'same' && <Value sign="" label="unchanged" value={change.after} className="text-faint" />}
      </div>
    </div>
  );
}

function Value({
  sign,
  label,
  value,
  className,
}: {
  sign: string;
  label: string;
  value: unknown;
  className: string;
}) {
  return (
    <div className={cn('flex gap-2 px-3 py-1.5', className)}>
      <span aria-label={label} className="w-2 shrink-0 select-none">
        {sign}
      </span>
      <span className="min-w-0 break-words whitespace-pre-wrap">
        {typeof value === 'string' ? value : JSON.stringify(value)}
      </span>
    </div>
  );
}

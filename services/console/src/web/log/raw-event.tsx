import type { LoggedEvent } from '../api/types.ts';
import { cn } from '../components/class-names.ts';
import { CopyButton } from '../components/copy.tsx';

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON with names, texts and the rest told apart, quietly. Built from elements, never from markup: the text is foreign. */
function highlighted(json: string) {
  const parts: React.ReactNode[] = [];
  let at = 0;
  for (const match of json.matchAll(TOKEN)) {
    parts.push(json.slice(at, match.index));
    const [token, quoted, colon] = match;
    const style = quoted === undefined ? 'text-warn' : colon === undefined ? 'text-ok' : 'text-ink';
    parts.push(
      <span key={match.index} className={style}>
        {colon === undefined ? token : quoted}
      </span>,
      colon,
    );
    at = match.index + token.length;
  }
  parts.push(json.slice(at));
  return parts;
}

export function JsonBlock({ value, className }: { value: unknown; className?: string }) {
  const json = JSON.stringify(value, null, 2);
  return (
    <div className="relative">
      <pre
        className={cn(
          'quiet-scroll overflow-auto rounded-lg border border-line bg-sunken p-3 text-xs leading-5 text-faint',
          className,
        )}
      >
        {highlighted(json)}
      </pre>
      <CopyButton text={json} label="Copy JSON" look="outline" className="absolute top-2 right-2" />
    </div>
  );
}

/** The event as the ledger keeps it, with the names that were resolved for this answer. */
export function RawEvent({ event }: { event: LoggedEvent }) {
  const { key: _key, sentence: _sentence, ...line } = event;
  return (
    <div className="h-full p-4" data-testid="raw">
      <div className="h-full [&>div]:h-full">
        <JsonBlock value={line} className="h-full" />
      </div>
    </div>
  );
}

import { Bot, KeyRound, Settings2, UserRound } from 'lucide-react';
import { cn } from './class-names.ts';

const HUES = [18, 62, 120, 165, 205, 250, 290, 335];

/** Who acted, as a mark that is the same at each appearance. Machines have an icon, people their initials. */
export function ActorMark({
  type,
  id,
  name,
  className,
}: {
  type: string;
  id: string;
  name?: string | null | undefined;
  className?: string;
}) {
  const frame = cn(
    'inline-flex size-5 shrink-0 items-center justify-center rounded-full text-[9px] font-semibold [&_svg]:size-3',
    className,
  );
  const icon = iconOf(type, id, name);
  if (icon) {
    return (
      <span aria-hidden className={cn(frame, 'bg-hover text-soft ring-1 ring-line ring-inset')}>
        {icon}
      </span>
    );
  }
  const hue =
    HUES[
      Array.from(id).reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7) % HUES.length
    ];
  return (
    <span aria-hidden className={cn(frame, 'mark')} style={{ '--hue': hue } as React.CSSProperties}>
      {initialsOf(name ?? id)}
    </span>
  );
}

function iconOf(type: string, id: string, name: string | null | undefined) {
  if (/key|token|credential/i.test(type)) return <KeyRound />;
  if (/service|bot|machine|app|client|role|agent/i.test(type)) return <Bot />;
  if (/system/i.test(type)) return <Settings2 />;
  return (name ?? (id.includes('@') ? id : undefined)) ? undefined : <UserRound />;
}

function initialsOf(name: string): string {
  const words = name
    .replace(/@.*$/, '')
    .split(/[\s._-]+/)
    .filter(Boolean);
  return ((words[0]?.[0] ?? '?') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}

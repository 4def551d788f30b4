import type { ComponentProps } from 'react';
import { cn } from './class-names.ts';

const BADGE =
  'inline-flex h-5.5 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap before:size-1.5 before:rounded-full';
const TONES = {
  ok: 'bg-ok-soft text-ok before:bg-ok-mark',
  warn: 'bg-warn-soft text-warn before:bg-warn-mark',
  bad: 'bg-bad-soft text-bad before:bg-bad-mark',
  quiet: 'bg-hover text-soft before:bg-faint',
  accent: 'bg-accent-soft text-accent before:bg-accent',
};
const BARE = 'bg-transparent px-0 text-soft';

export type Tone = keyof typeof TONES;

type BadgeProps = ComponentProps<'span'> & { tone?: Tone; bare?: boolean };

/** A state as one word. The word carries the meaning; colour only helps to find it. */
export function Badge({ tone = 'quiet', bare = false, className, ...rest }: BadgeProps) {
  return <span className={cn(BADGE, TONES[tone], bare && BARE, className)} {...rest} />;
}

export function Tag({ className, ...rest }: ComponentProps<'span'>) {
  return (
    <span
      className={cn(
        'inline-flex h-5 items-center rounded border border-line bg-sunken px-1.5 font-mono text-2xs text-soft',
        className,
      )}
      {...rest}
    />
  );
}

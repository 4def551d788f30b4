import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';
import { cn } from './class-names.ts';

const badge = cva(
  'inline-flex h-5.5 items-center gap-1.5 rounded-full px-2 text-xs font-medium whitespace-nowrap before:size-1.5 before:rounded-full',
  {
    variants: {
      tone: {
        ok: 'bg-ok-soft text-ok before:bg-ok-mark',
        warn: 'bg-warn-soft text-warn before:bg-warn-mark',
        bad: 'bg-bad-soft text-bad before:bg-bad-mark',
        quiet: 'bg-hover text-soft before:bg-faint',
        accent: 'bg-accent-soft text-accent before:bg-accent',
      },
      bare: { true: 'bg-transparent px-0 text-soft', false: '' },
    },
    defaultVariants: { tone: 'quiet', bare: false },
  },
);

export type Tone = NonNullable<VariantProps<typeof badge>['tone']>;

/** A state as one word. The word carries the meaning; colour only helps to find it. */
export function Badge({
  tone,
  bare,
  className,
  ...rest
}: ComponentProps<'span'> & VariantProps<typeof badge>) {
  return <span className={cn(badge({ tone, bare }), className)} {...rest} />;
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

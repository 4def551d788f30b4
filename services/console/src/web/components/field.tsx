import { Field as Base } from '@base-ui/react/field';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './class-names.ts';

export const inputStyle =
  'h-8 w-full min-w-0 rounded-md border border-line-strong bg-page px-2.5 text-sm text-ink placeholder:text-faint hover:border-faint focus:border-accent focus:outline-2 focus:outline-offset-0 focus:outline-accent/25 aria-invalid:border-bad data-invalid:border-bad';

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cn(inputStyle, className)} autoComplete="off" spellCheck={false} {...rest} />;
}

/** A labelled input with a hint below it; the browser's own checks give the error text. */
export function TextField({
  label,
  hint,
  error,
  optional,
  className,
  ...input
}: {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
} & ComponentProps<'input'>) {
  return (
    <Base.Root invalid={error !== undefined} className={cn('flex flex-col gap-1.5', className)}>
      <Base.Label className="text-sm font-medium">
        {label}
        {optional && <span className="ml-1.5 font-normal text-faint">optional</span>}
      </Base.Label>
      <Base.Control
        render={<input className={inputStyle} autoComplete="off" spellCheck={false} {...input} />}
      />
      {error ? (
        <p role="alert" className="text-xs text-bad">
          {error}
        </p>
      ) : (
        hint && <Base.Description className="text-xs text-faint">{hint}</Base.Description>
      )}
    </Base.Root>
  );
}

import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps } from 'react';
import { cn } from './class-names.ts';

const BUTTON =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md text-sm font-medium whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-50 data-disabled:cursor-not-allowed data-disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0';
const LOOKS = {
  solid: 'bg-solid text-on-solid hover:bg-solid-hover',
  outline:
    'border border-line-strong bg-page text-ink shadow-[0_1px_1px_rgb(0_0_0/4%)] hover:bg-hover data-popup-open:bg-hover',
  ghost: 'text-soft hover:bg-hover hover:text-ink data-popup-open:bg-hover data-popup-open:text-ink',
  danger: 'border border-line-strong bg-page text-bad hover:border-bad/40 hover:bg-bad-soft',
  dangerSolid: 'bg-bad text-page hover:opacity-90',
  dashed:
    'border border-dashed border-line-strong text-soft hover:border-soft hover:text-ink data-popup-open:text-ink',
};
const SIZES = {
  xs: 'h-6 rounded px-2 text-xs',
  sm: 'h-7 px-2.5',
  md: 'h-8 px-3',
  lg: 'h-10 rounded-lg px-4 text-base',
  icon: 'size-7 [&_svg]:size-4',
  iconXs: 'size-6 rounded',
};

interface ButtonStyle {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
}

/** How a button looks, for links that must look like one. */
export function buttonStyle({ look = 'outline', size = 'sm' }: ButtonStyle): string {
  return cn(BUTTON, LOOKS[look], SIZES[size]);
}

export type ButtonProps = Omit<ComponentProps<typeof BaseButton>, 'className'> & {
  className?: string;
} & ButtonStyle;

export function Button({ className, look = 'outline', size = 'sm', ...rest }: ButtonProps) {
  return <BaseButton className={cn(buttonStyle({ look, size }), className)} {...rest} />;
}

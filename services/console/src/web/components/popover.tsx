import { Popover as Base } from '@base-ui/react/popover';
import type { ReactElement, ReactNode } from 'react';
import { cn } from './class-names.ts';

export const floating =
  'origin-(--transform-origin) rounded-lg bg-raised text-ink shadow-float outline-none transition-[opacity,scale] duration-100 data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0';

/** A panel anchored to its trigger. `trigger` must be a button. */
export function Popover({
  trigger,
  children,
  className,
  open,
  onOpenChange,
  align = 'start',
  label,
}: {
  trigger: ReactElement;
  children: ReactNode;
  label: string;
  className?: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: 'start' | 'end';
}) {
  return (
    <Base.Root {...(open === undefined ? {} : { open })} onOpenChange={(next) => onOpenChange?.(next)}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={6} align={align} collisionPadding={12} className="z-50">
          <Base.Popup aria-label={label} className={cn(floating, 'w-72 p-2', className)}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

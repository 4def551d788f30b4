import { Field as FieldBase } from '@base-ui/react/field';
import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from './class-names.ts';
import { inputStyle } from './field.tsx';
import { floating } from './popover.tsx';

export interface SelectOption<T extends string> {
  readonly value: T;
  readonly label: string;
  /** What choosing it means, in a line or two. */
  readonly about: string;
}

/** A labelled choice of one among some, each with a short explanation. */
export function SelectField<T extends string>({
  label,
  name,
  options,
  value,
  onChange,
  hint,
}: {
  label: string;
  name: string;
  options: readonly SelectOption<T>[];
  value: T;
  onChange: (value: T) => void;
  hint?: ReactNode;
}) {
  return (
    <FieldBase.Root className="flex min-w-0 flex-col gap-1.5">
      <FieldBase.Label nativeLabel={false} render={<div />} className="text-sm font-medium">
        {label}
      </FieldBase.Label>
      <Base.Root
        name={name}
        items={options}
        value={value}
        onValueChange={(next) => next !== null && onChange(next)}
      >
        <Base.Trigger
          className={cn(inputStyle, 'flex cursor-default items-center gap-2 text-left')}
          data-testid={`select-${name}`}
        >
          <Base.Value className="min-w-0 flex-1 truncate" />
          <Base.Icon>
            <ChevronsUpDown className="size-3.5 text-faint" />
          </Base.Icon>
        </Base.Trigger>
        <Options options={options} />
      </Base.Root>
      {hint && <FieldBase.Description className="text-xs text-faint">{hint}</FieldBase.Description>}
    </FieldBase.Root>
  );
}

function Options<T extends string>({ options }: { options: readonly SelectOption<T>[] }) {
  return (
    <Base.Portal>
      <Base.Positioner
        sideOffset={6}
        alignItemWithTrigger={false}
        collisionPadding={12}
        className="z-60 outline-none"
      >
        <Base.Popup
          className={cn(
            floating,
            'quiet-scroll max-h-(--available-height) w-(--anchor-width) overflow-auto p-1',
          )}
        >
          {options.map(({ value, label, about }) => (
            <Base.Item
              key={value}
              value={value}
              className="grid cursor-default grid-cols-[minmax(0,1fr)_auto] items-start gap-x-3 rounded-md px-2.5 py-1.5 outline-none select-none data-highlighted:bg-hover"
            >
              <Base.ItemText className="text-sm font-medium">{label}</Base.ItemText>
              <Base.ItemIndicator>
                <Check className="mt-0.5 size-3.5 text-ink" />
              </Base.ItemIndicator>
              <span className="col-span-2 text-xs text-soft">{about}</span>
            </Base.Item>
          ))}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  );
}

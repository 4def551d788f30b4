import type { OrgAccess } from '../api/types.ts';
import { cn } from '../components/class-names.ts';

export function OrgMark({ org, className }: { org: OrgAccess; className?: string }) {
  return (
    <span
      aria-hidden
      className={cn(
        'inline-flex size-5.5 shrink-0 items-center justify-center rounded-md bg-accent-soft text-xs font-semibold text-accent',
        className,
      )}
    >
      {org.name.slice(0, 1).toUpperCase()}
    </span>
  );
}

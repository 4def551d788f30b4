import { cn } from './class-names.ts';

/** A grey stand-in of about the size of what is coming, announced once as `label`. */
export function Skeleton({ label, className }: { label: string; className?: string }) {
  return <output aria-label={label} className={cn('skeleton block', className)} />;
}

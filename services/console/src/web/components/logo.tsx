import { cn } from './class-names.ts';

/** Rows of seats around one speaker: what everyone in the room has seen. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={cn('size-6', className)}>
      <rect width="32" height="32" rx="8" className="fill-solid" />
      <g fill="none" strokeWidth="2.4" strokeLinecap="round" className="stroke-on-solid">
        <path d="M6.5 20.5a9.5 9.5 0 0 1 19 0" />
        <path d="M11 20.5a5 5 0 0 1 10 0" opacity=".65" />
      </g>
      <circle cx="16" cy="20.6" r="1.9" className="fill-[#8ea2ff] dark:fill-[#4353c9]" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 text-base font-semibold tracking-tight">
      <LogoMark />
      Auditorium
    </span>
  );
}

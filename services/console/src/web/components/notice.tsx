import { AlertTriangle } from 'lucide-react';
import type { ReactNode } from 'react';
import { isProblem } from '../api/client.ts';
import { Problem, remedyOf } from '../api/problem.ts';
import { Button } from './button.tsx';
import { cn } from './class-names.ts';

/** A calm full-area message: an icon, a heading, what it means, what to do. */
export function Notice({
  icon,
  title,
  children,
  actions,
  className,
  testId,
}: {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  className?: string;
  testId?: string;
}) {
  return (
    <section
      data-testid={testId}
      className={cn('mx-auto flex max-w-md flex-col items-center px-6 py-16 text-center', className)}
    >
      <span
        aria-hidden
        className="mb-4 inline-flex size-10 items-center justify-center rounded-xl border border-line bg-sunken text-soft [&_svg]:size-4.5"
      >
        {icon}
      </span>
      <h2 className="text-lg font-semibold tracking-tight text-balance">{title}</h2>
      {children && <div className="mt-1.5 text-sm text-balance text-soft">{children}</div>}
      {actions && <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>}
    </section>
  );
}

/** What went wrong in the server's own words, and what to do about it. */
export function ErrorNotice({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) {
  const problem = isProblem(error)
    ? error
    : new Problem(0, { title: 'Something went wrong', detail: String(error), code: 'unexpected' });
  return (
    <div role="alert">
      <Notice
        testId="error"
        icon={<AlertTriangle />}
        title={title ?? problem.title}
        actions={
          retry && (
            <Button look="outline" size="md" onClick={retry}>
              Try again
            </Button>
          )
        }
      >
        <p>{problem.detail}</p>
        <p className="mt-1">{remedyOf(problem)}</p>
        <p className="mt-3 font-mono text-2xs text-faint">
          {problem.code}
          {problem.traceId && ` · ${problem.traceId}`}
        </p>
      </Notice>
    </div>
  );
}

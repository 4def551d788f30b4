import { getRouteApi } from '@tanstack/react-router';
import { ArrowRight } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Wordmark } from '../components/logo.tsx';
import { useSession } from './session-context.tsx';

const route = getRouteApi('/sign-in');

export function SignIn() {
  const { session } = useSession();
  const { return: returnTo } = route.useSearch();
  const [state, setState] = useState<'ready' | 'leaving' | 'failed'>('ready');
  const leave = () => {
    setState('leaving');
    session.signIn(returnTo ?? '/').catch(() => setState('failed'));
  };
  return (
    <main className="grid min-h-dvh lg:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]">
      <title>Sign in · Auditorium</title>
      <section className="flex flex-col px-8 py-8 sm:px-14">
        <Wordmark />
        <div className="mx-auto flex w-full max-w-sm flex-1 flex-col justify-center pb-16">
          <h1 className="text-2xl font-semibold tracking-tight">Sign in</h1>
          <p className="mt-2 text-base text-soft">
            Use your organisation's single sign-on to read its audit log.
          </p>
          <Button
            look="solid"
            size="lg"
            className="mt-8 w-full"
            onClick={leave}
            disabled={state === 'leaving'}
            data-testid="sign-in"
          >
            {state === 'leaving' ? 'Going to your identity provider…' : 'Continue with single sign-on'}
            {state !== 'leaving' && <ArrowRight />}
          </Button>
          {state === 'failed' && (
            <p role="alert" className="mt-4 text-sm text-bad">
              The identity provider does not answer. Try again in a moment; if it stays away, tell the people
              who run it.
            </p>
          )}
          {returnTo && (
            <p className="mt-4 text-xs text-faint">You will come back to the page you asked for.</p>
          )}
        </div>
        <p className="text-xs text-faint">
          <a className="hover:text-ink" href="/licenses.txt">
            Licences
          </a>
        </p>
      </section>
      <Stage />
    </main>
  );
}

/** The brand's side of the page: rows of seats, drawn by hand in two strokes of ink. */
function Stage() {
  const rows = Array.from({ length: 9 }, (_, index) => 90 + index * 46);
  return (
    <aside aria-hidden className="relative hidden overflow-hidden border-l border-line bg-sunken lg:block">
      <svg viewBox="0 0 800 800" preserveAspectRatio="xMidYMax slice" className="absolute inset-0 size-full">
        {rows.map((radius, index) => (
          <circle
            key={radius}
            cx="400"
            cy="800"
            r={radius}
            fill="none"
            strokeWidth="9"
            strokeLinecap="round"
            strokeDasharray={`${14 + index} ${11 + index * 0.6}`}
            className="stroke-line-strong"
            opacity={0.95 - index * 0.075}
          />
        ))}
        <circle cx="400" cy="800" r="34" className="fill-accent" opacity="0.9" />
      </svg>
      <div className="relative flex h-full flex-col justify-start p-14 pt-[16vh] xl:px-20">
        <p className="max-w-md text-2xl leading-tight font-semibold tracking-tight text-balance">
          Every event of your organisation, once, in order and provably so.
        </p>
        <p className="mt-3 max-w-md text-base text-soft text-pretty">
          Read it here, and have the same lines in a bucket of your own.
        </p>
      </div>
    </aside>
  );
}

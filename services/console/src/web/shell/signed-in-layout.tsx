import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useSyncExternalStore } from 'react';
import { isProblem } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { Button } from '../components/button.tsx';
import { Question } from '../components/dialog.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { useSession } from '../session/session-context.tsx';
import { MeContext } from './me-context.tsx';

/** Knows who is signed in before anything else is shown, and says so when the session has ended. */
export function SignedInLayout() {
  const { api } = useSession();
  const me = useQuery(meQuery(api));
  return (
    <>
      {me.data ? (
        <MeContext value={me.data}>
          <Outlet />
        </MeContext>
      ) : me.error && !isProblem(me.error, 401) ? (
        <main className="grid min-h-dvh place-items-center">
          <ErrorNotice error={me.error} retry={() => void me.refetch()} />
        </main>
      ) : (
        <output className="sr-only">Loading</output>
      )}
      <SessionEnded />
    </>
  );
}

function SessionEnded() {
  const { session } = useSession();
  const over = useSyncExternalStore(session.subscribe, session.isOver);
  return (
    <Question
      open={over}
      title="Your session has ended"
      description="You were away for a while, or were signed out elsewhere. Sign in again to come back to this very page."
    >
      <Button look="solid" size="md" onClick={() => void session.signIn(location.pathname + location.search)}>
        Sign in again
      </Button>
    </Question>
  );
}

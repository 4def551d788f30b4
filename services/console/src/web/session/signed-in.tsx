import { useRouter } from '@tanstack/react-router';
import { LogIn } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Notice } from '../components/notice.tsx';
import { useSession } from './session-context.tsx';
import type { Session } from './session.ts';

/** React runs effects twice in development, and a code may be redeemed only once. */
let finishing: Promise<string> | undefined;

function finish(session: Session): Promise<string> {
  finishing ??= session.finishSignIn().finally(() => (finishing = undefined));
  return finishing;
}

/** Where the identity provider sends the person back to. */
export function SignedIn() {
  const { session } = useSession();
  const router = useRouter();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    finish(session).then(
      (returnTo) => router.history.replace(returnTo),
      (error: unknown) => setFailure(error instanceof Error ? error.message : String(error)),
    );
  }, [session, router]);
  if (failure === undefined) return <output className="block p-8 text-sm text-faint">Signing you in…</output>;
  return (
    <main className="grid min-h-dvh place-items-center">
      <Notice
        icon={<LogIn />}
        title="Signing in did not work"
        actions={
          <Button look="solid" size="md" onClick={() => void session.signIn('/')}>
            Sign in again
          </Button>
        }
      >
        <p>The identity provider said: {failure}</p>
        <p className="mt-1">
          This happens when the page was left open for long, or was opened twice. Signing in again helps.
        </p>
      </Notice>
    </main>
  );
}

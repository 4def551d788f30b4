import { ErrorNotice } from '../components/notice.tsx';

/** The last resort when a page itself breaks. */
export function FailedPage({ error }: { error: unknown }) {
  return (
    <main className="grid min-h-dvh place-items-center">
      <ErrorNotice error={error} title="This page broke" retry={() => location.reload()} />
    </main>
  );
}

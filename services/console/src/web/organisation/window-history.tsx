import { useInfiniteQuery } from '@tanstack/react-query';
import { windowsQuery } from '../api/queries.ts';
import type { Destination, DestinationWindow } from '../api/types.ts';
import { Badge, type Tone } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { TimeStamp } from '../components/time-stamp.tsx';
import { bytes } from '../format/time.ts';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';

const head = 'h-9 px-4 text-left text-xs font-normal text-faint';
const cell = 'border-t border-line px-4 py-2.5 align-top';
const TONE: Record<string, Tone> = {
  delivered: 'ok',
  planned: 'accent',
  open: 'quiet',
  conflict: 'bad',
  failing: 'bad',
};

/** Which stretch of the org's sequence went into which object, newest first. */
export function WindowHistory({ destination }: { destination: Destination }) {
  const org = useOrg();
  const { api } = useSession();
  const windows = useInfiniteQuery(windowsQuery(api, org.id, destination.id));
  const shown = windows.data?.pages.flatMap((page) => page.windows) ?? [];
  return (
    <section className="mt-8">
      <h2 className="text-base font-semibold">Windows</h2>
      {windows.error && !windows.data ? (
        <ErrorNotice error={windows.error} retry={() => void windows.refetch()} />
      ) : windows.data && shown.length === 0 ? (
        <p className="mt-2 text-sm text-soft">
          None yet. The first one closes when its time is up and there is something to send.
        </p>
      ) : (
        <div className="mt-2.5 overflow-x-auto rounded-lg border border-line">
          <table className="w-full min-w-160 border-separate border-spacing-0" data-testid="windows">
            <thead className="bg-sunken">
              <tr>
                <th scope="col" className={head}>
                  Sequence
                </th>
                <th scope="col" className={head}>
                  State
                </th>
                <th scope="col" className={head}>
                  Objects
                </th>
                <th scope="col" className={head}>
                  Delivered
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((window) => (
                <Row key={window.id} window={window} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {windows.hasNextPage && (
        <Button
          look="ghost"
          size="xs"
          className="mt-2"
          disabled={windows.isFetchingNextPage}
          onClick={() => void windows.fetchNextPage()}
        >
          Show older windows
        </Button>
      )}
    </section>
  );
}

function Row({ window }: { window: DestinationWindow }) {
  return (
    <tr>
      <td className={`${cell} whitespace-nowrap tabular`}>
        {window.from.toLocaleString('en')} – {window.to.toLocaleString('en')}
      </td>
      <td className={cell}>
        <Badge tone={TONE[window.state] ?? 'quiet'}>
          {window.state.replace(/^./, (first) => first.toUpperCase())}
        </Badge>
      </td>
      <td className={cell}>
        {window.objects.map((object) => (
          <span key={object.key} className="group flex items-start gap-1.5">
            <span className="min-w-0 font-mono text-xs break-all">{object.key}</span>
            {object.bytes !== null && (
              <span className="shrink-0 text-xs text-faint tabular">{bytes(object.bytes)}</span>
            )}
            <CopyButton
              text={object.key}
              label="Copy key"
              className="-my-0.5 opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
            />
          </span>
        ))}
        {window.objects.length === 0 && <span className="text-faint">None</span>}
      </td>
      <td className={`${cell} whitespace-nowrap tabular`}>
        {window.deliveredAt ? (
          <TimeStamp time={window.deliveredAt} />
        ) : (
          <span className="text-faint">Not yet</span>
        )}
      </td>
    </tr>
  );
}

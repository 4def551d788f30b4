import { absoluteTime, relativeTime, zoneName } from '../format/time.ts';
import { useZone } from '../shell/preferences.ts';
import { useNow } from '../shell/use-now.ts';
import { Tooltip } from './tooltip.tsx';

/** Both clocks, one below the other: what a reader needs to compare with another system's log. */
export function TimeHint({ time }: { time: string }) {
  return (
    <span className="grid grid-cols-[auto_auto] justify-start gap-x-3 py-0.5 tabular">
      {zoneName('local') !== 'UTC' && (
        <>
          <span className="opacity-65">{zoneName('local')}</span>
          <span>{absoluteTime(time, 'local')}</span>
        </>
      )}
      <span className="opacity-65">UTC</span>
      <span>{absoluteTime(time, 'utc')}</span>
    </span>
  );
}

/** How long ago; the exact time on hover and focus. */
export function TimeStamp({
  time,
  className,
  absolute = false,
}: {
  time: string;
  className?: string;
  absolute?: boolean;
}) {
  const now = useNow();
  const [zone] = useZone();
  return (
    <Tooltip label={<TimeHint time={time} />}>
      <time dateTime={time} className={className}>
        {absolute ? absoluteTime(time, zone) : relativeTime(time, now)}
      </time>
    </Tooltip>
  );
}

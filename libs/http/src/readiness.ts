import { isAuditoriumError } from '@auditorium/events';

/** Resolves when the part it stands for can do its work right now; throws when it cannot. */
export type ReadinessCheck = () => Promise<unknown>;

export interface Readiness {
  readonly ready: boolean;
  /** `ok`, or a code and the partitions that it stands for (`facts.partitions`); the message is for the log alone. */
  readonly checks: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, unknown>>;
}

const CHECK_TIMEOUT_MS = 3_000;

/** Runs every check at once; one that does not answer within three seconds has failed. */
export async function checkReadiness(checks: Readonly<Record<string, ReadinessCheck>>): Promise<Readiness> {
  const errors: Record<string, unknown> = {};
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, string]> => {
      try {
        return [name, (await inTime(check)) ? 'ok' : 'timeout'];
      } catch (error) {
        errors[name] = error;
        return [name, shortly(error)];
      }
    }),
  );
  return {
    ready: results.every(([, result]) => result === 'ok'),
    checks: Object.fromEntries(results),
    errors,
  };
}

function shortly(error: unknown): string {
  if (!isAuditoriumError(error)) return 'failed';
  const { partitions } = error.facts;
  return Array.isArray(partitions) ? `${error.code}: partition ${partitions.join(', ')}` : error.code;
}

async function inTime(check: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false)));
  try {
    return await Promise.race([check().then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

import type { ServiceName } from '@auditorium/local';
import type { ProxiedSystem } from './proxied-system.ts';

const PATIENCE_MS = 5_000;

/** What `/readyz` of a service names as not well; `no answer` when it says nothing. */
export async function troublesOf({ services }: ProxiedSystem, service: ServiceName): Promise<string[]> {
  try {
    const answer = await fetch(`${services.get(service)?.url}/readyz`, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return Object.entries(checks).flatMap(([name, said]) => (said === 'ok' ? [] : [`${name}: ${said}`]));
  } catch {
    return ['no answer'];
  }
}

/** The same of several services, as one line. */
export async function troubles(system: ProxiedSystem, workers: readonly ServiceName[]): Promise<string> {
  const each = await Promise.all(
    workers.map(async (worker) => ({ worker, said: await troublesOf(system, worker) })),
  );
  return each.flatMap(({ worker, said }) => said.map((what) => `${worker} ${what}`)).join(', ');
}

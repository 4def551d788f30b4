import { createS3FaultProxy, type ProxiedRequest, type ProxyMoment } from '@auditorium/testing';
import type { Hit } from './crash-control.ts';
import { type MomentPoint, MOMENT_POINTS } from '../points.ts';

/** The way of one delivery process to S3, on which it can be killed in the midst of an upload. */
export interface MomentProxy {
  readonly endpoint: string;
  /** The next upload that comes to this point kills the process. Resolves then; never rejects. */
  arm(point: MomentPoint): { hit: Promise<string>; disarm(): void };
  readonly hits: readonly Hit[];
  close(): Promise<void>;
}

const MOMENTS: Record<string, ProxyMoment> = {
  'first-byte': 'first-byte',
  'last-byte': 'last-byte',
  'answer-lost': 'answered',
};

/**
 * @param ledger the name of the ledger bucket: what goes elsewhere is the courier's
 * @param kill ends the process at once
 */
export async function startMomentProxy(
  instance: string,
  target: string,
  ledger: string,
  kill: () => void,
): Promise<MomentProxy> {
  const hits: Hit[] = [];
  const armed = new Map<MomentPoint, (instance: string) => void>();
  const observe = (request: ProxiedRequest, moment: ProxyMoment): void => {
    const point = pointOf(request, moment, ledger);
    const hit = point && armed.get(point);
    if (point === undefined || hit === undefined) return;
    kill();
    armed.delete(point);
    hits.push({ id: `${instance}/${hits.length}`, point, instance });
    hit(instance);
  };
  const proxy = await createS3FaultProxy(target, { observe, remember: false });
  return {
    endpoint: proxy.endpoint,
    hits,
    arm: (point) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      armed.set(point, resolve);
      return { hit: promise, disarm: () => void armed.delete(point) };
    },
    close: () => proxy.close(),
  };
}

/** Segments are the sealer's, objects of other buckets the courier's; plans and all else nobody's. */
function pointOf(
  { method, url }: ProxiedRequest,
  moment: ProxyMoment,
  ledger: string,
): MomentPoint | undefined {
  if (method !== 'PUT') return undefined;
  const isSegment = url.startsWith(`/${ledger}/segments/`);
  const isObject = !url.startsWith(`/${ledger}/`) && url.includes('.ndjson.gz');
  const who = isSegment ? 'sealer' : isObject ? 'courier' : undefined;
  return MOMENT_POINTS.find((point) => {
    const [worker, name = ''] = point.split('.');
    return worker === who && MOMENTS[name] === moment;
  });
}

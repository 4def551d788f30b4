import type { Decide, Fault, ProxiedRequest } from './s3-fault-proxy.ts';

/** Which requests a rule is about; all of them unless told otherwise. */
export type Where = (request: ProxiedRequest) => boolean;

const everywhere: Where = () => true;

/** The first `count` of them. */
export function faultFirst(count: number, fault: Fault, where: Where = everywhere): Decide {
  let seen = 0;
  return (request) => (where(request) && (seen += 1) <= count ? fault : undefined);
}

/** That share of them, 0 to 1, as chance has it. */
export function faultShare(share: number, fault: Fault, random: () => number, where = everywhere): Decide {
  return (request) => (where(request) && random() < share ? fault : undefined);
}

/** All of them for as long as it lasts. */
export function faultWhile(lasts: () => boolean, fault: Fault, where: Where = everywhere): Decide {
  return (request) => (lasts() && where(request) ? fault : undefined);
}

/** Requests of these methods for a bucket and its objects, in path style. */
export const onBucket =
  (bucket: string, methods: readonly string[] = ['GET', 'HEAD', 'PUT', 'DELETE']): Where =>
  ({ method, url }) =>
    methods.includes(method) &&
    ['', '/', '?'].includes(url.slice(bucket.length + 1, bucket.length + 2)) &&
    url.startsWith(`/${bucket}`);

/** Questions to STS, which are POSTs to the root. */
export const onSts: Where = ({ method, url }) => method === 'POST' && url.split('?')[0] === '/';

import { Problem } from '@auditorium/http';
import type { Request, Response } from 'express';
import { createProxyMiddleware, fixRequestBody } from 'http-proxy-middleware';
import type { Upstream } from '../domain/upstream-of.ts';
import type { ConsoleSettings } from '../settings.ts';

/** Longer than any answer is silent, exports and long polls included. */
const SILENCE_MS = 65_000;

export type Forwarder = (
  upstream: Upstream,
  path: string,
  request: Request,
  response: Response,
) => Promise<void>;

/** A request on its way: where to it goes there, and whom to tell that nobody answered. */
interface Underway {
  path: string;
  fail: (problem: Problem) => void;
}

/** Hands a request on as it is and streams the answer back; resolves once that is over. */
export function createForwarder(settings: ConsoleSettings): Forwarder {
  const underway = new WeakMap<object, Underway>();
  const proxies = {
    directory: proxyTo('directory', settings.AUDITORIUM_DIRECTORY_URL, underway),
    query: proxyTo('query', settings.AUDITORIUM_QUERY_URL, underway),
    delivery: proxyTo('delivery', settings.AUDITORIUM_DELIVERY_URL, underway),
    enrichment: proxyTo('enrichment', settings.AUDITORIUM_ENRICHMENT_URL, underway),
  };
  return (upstream, path, request, response) =>
    new Promise((resolve, fail) => {
      underway.set(request, { path, fail });
      response.once('close', resolve);
      proxies[upstream](request, response).catch(fail);
    });
}

function proxyTo(upstream: Upstream, target: string, underway: WeakMap<object, Underway>) {
  return createProxyMiddleware<Request, Response>({
    target,
    changeOrigin: true,
    xfwd: true,
    proxyTimeout: SILENCE_MS,
    pathRewrite: (_, request) => `${underway.get(request)?.path ?? '/'}${queryOf(request.originalUrl)}`,
    on: {
      proxyReq: (outgoing, request) => {
        // Cookies know no ports: those of an identity provider on this host would travel along.
        outgoing.removeHeader('cookie');
        outgoing.setHeader('x-request-id', (request as Request & { id?: string }).id ?? '');
        outgoing.setHeader('x-forwarded-for', cameThrough(request));
        // A body that was parsed here goes on in one piece; both ways to say its length would be two different requests.
        if (request.body !== undefined) outgoing.removeHeader('transfer-encoding');
        fixRequestBody(outgoing, request);
      },
      error: (_, request, response) => {
        if ('headersSent' in response && response.headersSent) response.destroy();
        underway
          .get(request)
          ?.fail(
            new Problem(503, 'upstream-unavailable', `The ${upstream} service does not answer right now.`),
          );
      },
    },
  });
}

/** What the caller claims, then whom we saw: without the last, anybody could choose the address that the log names. */
function cameThrough({ headers, socket }: Request): string {
  return [headers['x-forwarded-for'], socket.remoteAddress].flat().filter(Boolean).join(', ');
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

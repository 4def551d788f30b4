import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@auditorium/telemetry';
import type { Params } from 'nestjs-pino';

const QUIET = new Set(['/livez', '/readyz']);

/**
 * One line for each finished request: method, path, status, time. Never headers, and never the query, which may hold
 * what an auditor looked for.
 */
export function requestLog(log: Logger): Params {
  return {
    pinoHttp: {
      logger: log,
      genReqId: requestId,
      quietReqLogger: true,
      autoLogging: { ignore: (request) => QUIET.has(pathOf(request)) },
      customLogLevel: (_, response, error) => (error || response.statusCode >= 500 ? 'error' : 'info'),
      serializers: {
        req: (request: { id: unknown; method: string; url: string }) => ({
          id: request.id,
          method: request.method,
          path: request.url.split('?')[0],
        }),
        res: (response: { statusCode: number }) => ({ status: response.statusCode }),
      },
    },
  };
}

/** The caller's own id where it is harmless, so that one request can be followed through several services. */
function requestId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(given) ? given : randomUUID();
  response.setHeader('X-Request-Id', id);
  return id;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?')[0] ?? '';
}

/** A refusal or failure as RFC 9457 puts it, plus what the console needs to tell the reader what to do. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly missing: string | undefined;
  readonly traceId: string | undefined;

  constructor(status: number, body: Record<string, unknown>) {
    const text = (name: string) => (typeof body[name] === 'string' ? body[name] : undefined);
    super(text('detail') ?? text('title') ?? `The server answered ${status}.`);
    this.name = 'Problem';
    this.status = status;
    this.code = text('code') ?? `http-${status}`;
    this.title = text('title') ?? 'Something went wrong';
    this.detail = this.message;
    this.missing = text('missing');
    this.traceId = text('traceId') ?? text('requestId');
  }
}

/** Nobody answered at all: no network, or the server is away. Status 0 is no HTTP status, so it cannot be mistaken for one. */
export function unreachable(): Problem {
  return new Problem(0, {
    title: 'Auditorium cannot be reached',
    detail: 'The request did not get an answer. Your connection or the server may be down.',
    code: 'unreachable',
  });
}

/** Reads the problem out of an answer; a body that is none (a proxy's HTML page) still becomes a `Problem`. */
export async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => ({}));
  return new Problem(response.status, typeof body === 'object' && body !== null ? { ...body } : {});
}

/** One sentence on what the reader can do about it. */
export function remedyOf(problem: Problem): string {
  if (problem.status === 0) return 'Check your connection, then try again.';
  if (problem.status === 400 || problem.status === 422)
    return 'Change the filters or the values you entered, then try again.';
  if (problem.status === 409) return 'Somebody else may have changed it. Reload and try again.';
  if (problem.status === 429) return 'Wait a moment, then try again.';
  if (problem.status >= 500)
    return 'Try again in a moment. No event is lost: it appears once the service is back.';
  return 'Try again, or ask the people who run Auditorium.';
}

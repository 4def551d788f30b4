import { HttpException } from '@nestjs/common';

/**
 * An answer that is not success, as RFC 9457 has it. Throw it from a controller; `code` is stable and meant for
 * programs, `detail` is one sentence for people, `extra` are further members of the document. No secrets in any of them.
 */
export class Problem extends HttpException {
  readonly code: string;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    extra: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(detail, status, cause === undefined ? {} : { cause });
    this.code = code;
    this.extra = extra;
  }

  /** What the caller does not see, or what is not there: the same answer. */
  static notFound(detail = 'there is nothing here that you can see'): Problem {
    return new Problem(404, 'not-found', detail);
  }

  static invalid(detail: string, extra: Record<string, unknown> = {}): Problem {
    return new Problem(400, 'invalid-request', detail, extra);
  }

  static conflict(detail: string, extra: Record<string, unknown> = {}): Problem {
    return new Problem(409, 'conflict', detail, extra);
  }

  static forbidden(detail: string, extra: Record<string, unknown> = {}): Problem {
    return new Problem(403, 'forbidden', detail, extra);
  }
}

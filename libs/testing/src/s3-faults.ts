import type { Fault } from './s3-fault-proxy.ts';

const xml = (code: string, more = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code} it is</Message><RequestId>R-${code}</RequestId>${more}</Error>`;
const refusing = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Fault => ({
  answer: { status, headers: { 'content-type': 'application/xml', ...headers }, body: xml(code) },
});
const html = { 'content-type': 'text/html' };
const PORTAL = '<!DOCTYPE html><html><body>Welcome to Hotel Wi-Fi. Please sign in.</body></html>';

/**
 * What a bucket, or whatever stands between us and it, has been seen to do to a write and recovers from. None of them may
 * cost an event, double one, or show something that is not so.
 */
export const S3_FAULTS = {
  '500 InternalError': refusing(500, 'InternalError'),
  '503 SlowDown': refusing(503, 'SlowDown'),
  '503 SlowDown with Retry-After': refusing(503, 'SlowDown', { 'retry-after': '1' }),
  '503 without a body': { answer: { status: 503 } },
  '507 for want of room': refusing(507, 'InsufficientStorage'),
  '409 ConditionalRequestConflict': refusing(409, 'ConditionalRequestConflict'),
  '307 to another place': refusing(307, 'TemporaryRedirect', { location: 'http://127.0.0.1:1/elsewhere' }),
  'a clock that is off': refusing(403, 'RequestTimeTooSkewed'),
  'credentials that have ended': refusing(400, 'ExpiredToken'),
  'a success with an error in its body': { answer: { status: 200, body: xml('InternalError') } },
  'a success with an error in a namespace in its body': {
    answer: {
      status: 200,
      body: '<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>InternalError</Code></Error>',
    },
  },
  'a success without anything': { answer: { status: 200 } },
  'garbage in place of XML': { answer: { status: 500, body: '\u0000<<<%%%' } },
  'the page of a captive portal': { answer: { status: 200, headers: html, body: PORTAL } },
  'the refusal of a captive portal': { answer: { status: 403, headers: html, body: PORTAL } },
  'a redirect to a captive portal': {
    answer: { status: 302, headers: { ...html, location: 'http://127.0.0.1:1/sign-in' }, body: PORTAL },
  },
  'a gateway that takes too long': { answer: { status: 504, headers: html, body: '<html>504</html>' } },
  'a precondition that a stranger says failed': { answer: { status: 412, headers: html, body: PORTAL } },
  'a reset before the body': { reset: 'early' },
  'a reset after the body': { reset: true },
  'a hang': { hang: true },
  'a byte a second of the request': { readBytesPerSecond: 1 },
  'an answer that is lost': { forward: 'reset' },
  'an answer that never comes': { forward: 'hang' },
  'an answer of a byte a second': { forward: 'trickle' },
  'an answer that is cut off': { forward: 'truncate' },
  'an answer with a wrong length': { forward: 'wrong-length' },
} as const satisfies Readonly<Record<string, Fault>>;

/** The name of one of them. */
export type S3FaultName = keyof typeof S3_FAULTS;

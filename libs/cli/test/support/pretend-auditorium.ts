import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditoriumError } from '@auditorium/events';
import { createProgram } from '../../src/program.ts';
import { reportFailure } from '../../src/report-failure.ts';
import type { Terminal } from '../../src/terminal.ts';

/** A request that reached the HTTP side. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** What the HTTP side answers. */
export type Answering = (asked: Asked) => { status?: number; body?: unknown } | undefined;

/** The HTTP side of Auditorium as the CLI meets it, and a folder in which `npm start` seems to have run. */
export interface Pretended {
  readonly origin: string;
  readonly folder: string;
  readonly home: string;
  readonly asked: Asked[];
  answer: Answering;
  close(): void;
}

/** Starts it. What `answer` does not know is a 404. */
export async function pretendAuditorium(kafkaBrokers: readonly string[] = []): Promise<Pretended> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(String(request.url), pretended.origin);
      const text = Buffer.concat(chunks).toString();
      const isJson = request.headers['content-type'] === 'application/json';
      const one: Asked = {
        method: String(request.method),
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        body: isJson && text !== '' ? JSON.parse(text) : text,
        authorization: request.headers.authorization,
      };
      const known = identityAnswer(pretended.origin, one);
      if (known !== undefined)
        return response
          .writeHead(known.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(known.body));
      asked.push(one);
      const { status = 200, body } = pretended.answer(one) ?? {
        status: 404,
        body: { title: 'Not found', detail: 'There is no such thing.', code: 'not-found' },
      };
      response.writeHead(status, { 'content-type': 'application/json' });
      return response.end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'auditorium-cli-'));
  mkdirSync(join(folder, '.auditorium'));
  const local = {
    origin,
    issuer: origin,
    kafkaBrokers,
    cli: { clientId: 'auditorium-cli', clientSecret: 's' },
  };
  writeFileSync(join(folder, '.auditorium', 'local.json'), JSON.stringify(local));
  const home = mkdtempSync(join(tmpdir(), 'auditorium-home-'));
  const pretended: Pretended = {
    origin,
    folder,
    home,
    asked,
    answer: () => undefined,
    close: () => void server.close(),
  };
  return pretended;
}

/** Identity provider and configuration behind the same origin: a device code is confirmed at the second question. */
function identityAnswer(origin: string, { path, body }: Asked): { status: number; body: object } | undefined {
  const good = (answer: object) => ({ status: 200, body: answer });
  if (path === '/config.json') return good({ issuer: origin });
  if (path === '/.well-known/openid-configuration') {
    return good({
      issuer: origin,
      token_endpoint: `${origin}/token`,
      device_authorization_endpoint: `${origin}/device`,
    });
  }
  if (path === '/device') {
    const codes = { device_code: 'd-1', user_code: 'ABCD-EFGH', verification_uri: `${origin}/confirm` };
    return good({ ...codes, expires_in: 60, interval: 1 });
  }
  if (path !== '/token') return undefined;
  const tokens = { access_token: 't-1', token_type: 'bearer', expires_in: 3600 };
  const grant = new URLSearchParams(String(body)).get('grant_type');
  if (grant === 'refresh_token') return good({ ...tokens, access_token: 't-renewed' });
  if (grant === 'client_credentials') return good(tokens);
  questions += 1;
  if (questions % 2 === 1) return { status: 400, body: { error: 'authorization_pending' } };
  return good({ ...tokens, access_token: 't-person', refresh_token: 'r-1' });
}

let questions = 0;

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** The time of the tests' terminal. */
export const NOW = Date.parse('2026-11-21T12:00:00Z');

/** Runs the command line as a shell would, in a folder below the one where `npm start` ran. */
export async function auditorium(
  pretended: Pick<Pretended, 'folder' | 'home'>,
  ...args: string[]
): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    progress: () => undefined,
    now: () => NOW,
    home: pretended.home,
    folder: join(pretended.folder, 'some', 'where'),
  };
  process.exitCode = 0;
  const program = createProgram(terminal);
  const silent = { writeOut: (text: string) => out.push(text), writeErr: (text: string) => err.push(text) };
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((each) => each.commands),
  ]) {
    command.configureOutput(silent);
  }
  try {
    await program.parseAsync(['node', 'auditorium', ...args]);
  } catch (error) {
    if (error instanceof AuditoriumError) err.push(error.message);
    const print = console.error;
    console.error = () => undefined;
    process.exitCode = reportFailure(error);
    console.error = print;
  }
  const code = Number(process.exitCode);
  process.exitCode = 0;
  return { code, out, err };
}

import { homedir } from 'node:os';
import type { Command } from 'commander';
import type { ApiClient } from './api-client.ts';
import { createApiClient } from './api-client.ts';
import type { Connection, ConnectionFlags } from './connection.ts';
import { resolveConnection } from './connection.ts';
import { harmless } from './text-table.ts';

/** What commands need of the outside: a test can give its own. */
export interface Terminal {
  /** Writes a line of the result. */
  out(line: string): void;
  /** Writes a line that is no result: progress, hints. */
  err(line: string): void;
  /** Overwrites the last progress line where the terminal can; an empty text wipes it. */
  progress(text: string): void;
  now(): number;
  /** Where the stored login lies. */
  readonly home: string;
  /** Where the search for `.auditorium/local.json` begins. */
  readonly folder: string;
}

/** The process' own terminal. */
export function processTerminal(): Terminal {
  const canOverwrite = process.stderr.isTTY;
  return {
    out: (line) => void process.stdout.write(`${harmless(line)}\n`),
    err: (line) => void process.stderr.write(`${harmless(line)}\n`),
    progress: (text) => {
      if (canOverwrite) process.stderr.write(`\r\u001b[2K${harmless(text)}`);
    },
    now: () => Date.now(),
    home: homedir(),
    folder: process.cwd(),
  };
}

/** How this command reaches Auditorium, from its flags and the configuration. */
export function connectionOf(command: Command, terminal: Terminal): Connection {
  return resolveConnection(command.optsWithGlobals<ConnectionFlags>(), terminal.folder, terminal.home);
}

/** The HTTP interfaces for this command. */
export function apiOf(command: Command, terminal: Terminal): ApiClient {
  return createApiClient(connectionOf(command, terminal));
}

/** `/api/v1/orgs/<org>` and what follows, each part escaped. */
export function orgPath(org: string, ...rest: readonly string[]): string {
  return ['/api/v1/orgs', encodeURIComponent(org), ...rest.map(encodeURIComponent)].join('/');
}

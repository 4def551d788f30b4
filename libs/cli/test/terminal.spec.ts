import { AuditoriumError } from '@auditorium/events';
import { afterEach, expect, test, vi } from 'vitest';
import { reportFailure } from '../src/report-failure.ts';
import { processTerminal } from '../src/terminal.ts';

afterEach(() => void vi.restoreAllMocks());

/** Clears the screen, names the window, turns text around: as C0, as C1, as a mark of direction. */
const HOSTILE = '\u001b[2J\u009b2J\u009d0;owned\u009c\u007f\u202e\u2066';
// eslint-disable-next-line no-control-regex -- what must not be printed
const COMMAND = /[\0-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test('JSON of a hostile event is no command to the terminal, and still the same event', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const event = { type: 'project.renamed', data: { [HOSTILE]: `Ada ${HOSTILE} 🧑‍🚀` } };
  processTerminal().out(JSON.stringify(event, null, 2));
  const printed = String(write.mock.calls[0]![0]);
  expect(printed).not.toMatch(COMMAND);
  expect(JSON.parse(printed)).toEqual(event);
});

test('what a server says of a failure is no command to the terminal', () => {
  const error = vi.spyOn(console, 'error').mockReturnValue();
  reportFailure(new AuditoriumError('conflict', `no ${HOSTILE} here`));
  expect(String(error.mock.calls[0]![0])).toMatch(/^auditorium: no .* here$/);
  expect(String(error.mock.calls[0]![0])).not.toMatch(COMMAND);
});

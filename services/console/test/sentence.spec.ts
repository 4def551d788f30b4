import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../src/web/api/types.ts';
import { emphasised, plainSentence, sentenceParts } from '../src/web/log/sentence.ts';

const event = (more: Partial<LoggedEvent> = {}): LoggedEvent => ({
  key: '0-1',
  specversion: '1.0',
  id: '1',
  source: 's',
  type: 'project.renamed',
  time: '2026-11-21T12:00:00Z',
  actorname: 'Ada',
  data: {
    actor: { type: 'user', id: 'u_ada' },
    targets: [{ type: 'project', id: 'p_7', name: 'Atlas' }],
    outcome: 'denied',
  },
  sentence: 'Ada renamed project Atlas: denied',
  ...more,
});

describe('an event as a sentence', () => {
  it('is the one the server composed; the outcome is left to its badge', () => {
    expect(plainSentence(event())).toBe('Ada renamed project Atlas');
  });

  it('lets actor and target stand out', () => {
    expect(sentenceParts(event())).toEqual([
      { text: 'Ada', strong: true },
      { text: ' renamed project ', strong: false },
      { text: 'Atlas', strong: true },
    ]);
  });

  it('WS6 names an erased actor by id', () => {
    const erased = event({ actorname: null, sentence: 'u_ada renamed project Atlas' });
    expect(sentenceParts(erased)[0]).toEqual({ text: 'u_ada', strong: true });
  });

  it('is there even where the server sends none', () => {
    const { sentence: _, ...without } = event();
    expect(plainSentence(without)).toBe('Ada did project.renamed');
  });

  it('loses no character, whatever the names', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ maxLength: 3 })), (sentence, names) => {
        expect(
          emphasised(sentence, names)
            .map((part) => part.text)
            .join(''),
        ).toBe(sentence);
      }),
    );
  });
});

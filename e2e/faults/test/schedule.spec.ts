import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFolder } from '@auditorium/local';
import { describe, expect, it } from 'vitest';
import { type Attack, HITS, scheduleOf } from '../attack/schedule.ts';
import { ALL_POINTS, MOMENT_POINTS, POINTS_ELSEWHERE, SERVICES } from '../points.ts';

const hitsIn = (schedule: readonly Attack[]): Map<string, number> => {
  const points = schedule.flatMap((attack) => ('point' in attack ? [attack.point] : []));
  return new Map(ALL_POINTS.map((point) => [point, points.filter((each) => each === point).length]));
};

describe('the schedule', () => {
  it('hits every named point five times in a long run, and has as many kills as were asked for', () => {
    for (const kills of [200, 300, 500]) {
      const schedule = scheduleOf(kills, 1);
      expect(schedule.length).toBeGreaterThanOrEqual(kills);
      expect([...hitsIn(schedule).values()].every((hits) => hits >= HITS)).toBe(true);
    }
    expect(scheduleOf(300, 1)).toHaveLength(300);
  });

  it('has every kind of attack in it', () => {
    const kinds = new Set(scheduleOf(300, 1).map(({ kind }) => kind));
    expect(kinds).toEqual(
      new Set(['point', 'moment', 'kill', 'kill-all', 'pause', 'broker', 'postgres', 's3']),
    );
  });

  it('is the same for the same seed, and another for another', () => {
    expect(scheduleOf(60, 5)).toEqual(scheduleOf(60, 5));
    expect(scheduleOf(60, 5)).not.toEqual(scheduleOf(60, 6));
    expect(scheduleOf(5, 5)).toHaveLength(5);
  });

  it('attacks only what there is', () => {
    const names = Object.entries(SERVICES).flatMap(([service, count]) =>
      Array.from({ length: count }, (_none, index) => `${service}-${index + 1}`),
    );
    for (const attack of scheduleOf(400, 3))
      if ('instance' in attack) expect(names).toContain(attack.instance);
  });
});

it('knows every crash point that a service or the SDK has', () => {
  const sources = [
    'services/directory',
    'services/enrichment',
    'services/delivery',
    'services/query',
    'libs/sdk',
  ]
    .map((folder) => join(repositoryFolder, folder, 'src'))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts'));
  const passed = sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/reached(?:\?\.)?\('([^']+)'\)/g)].map((match) => match[1]),
  );
  const inProcess = ALL_POINTS.filter((point) => !(MOMENT_POINTS as readonly string[]).includes(point));
  expect([...new Set(passed)].toSorted()).toEqual([...inProcess, ...POINTS_ELSEWHERE].toSorted());
});

import { afterEach, expect, it } from 'vitest';
import { crashPoints, notListening } from '../src/index.ts';

const LISTENER = Symbol.for('auditorium.crash-points');

afterEach(() => void Reflect.deleteProperty(globalThis, LISTENER));

it('has nobody listen where nothing was loaded before', () => {
  expect(crashPoints()).toBe(notListening);
});

it('tells whoever was there when the service started of each point', async () => {
  const points: string[] = [];
  Reflect.set(globalThis, LISTENER, (point: string) => void points.push(point));
  await crashPoints()('sealer.after-put');
  expect(points).toEqual(['sealer.after-put']);
});

it('cannot be turned on later', async () => {
  const reached = crashPoints();
  const points: string[] = [];
  Reflect.set(globalThis, LISTENER, (point: string) => void points.push(point));
  await reached('sealer.after-put');
  expect(points).toEqual([]);
});

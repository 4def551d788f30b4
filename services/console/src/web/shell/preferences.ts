import { useSyncExternalStore } from 'react';
import type { Zone } from '../format/time.ts';

/** How this browser likes to see the console; nothing here is about the account. */
function preference<T extends string>(key: string, values: readonly T[], fallback: T) {
  const listeners = new Set<() => void>();
  const read = (): T => {
    try {
      const stored = localStorage.getItem(key) as T;
      return values.includes(stored) ? stored : fallback;
    } catch {
      return fallback;
    }
  };
  let current = read();
  const set = (value: T): void => {
    current = value;
    try {
      localStorage.setItem(key, value);
    } catch {
      // Storage may be forbidden: the choice then lasts as long as the page.
    }
    for (const listener of listeners) listener();
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { get: () => current, set, subscribe };
}

export type Theme = 'system' | 'light' | 'dark';

const theme = preference<Theme>('auditorium.theme', ['system', 'light', 'dark'], 'system');
const zone = preference<Zone>('auditorium.zone', ['local', 'utc'], 'local');

export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(theme.subscribe, theme.get), theme.set];
}

export function useZone(): [Zone, (zone: Zone) => void] {
  return [useSyncExternalStore(zone.subscribe, zone.get), zone.set];
}

/** Keeps the page's theme what the reader chose, or what the system says; `public/theme.js` did so before the first paint. */
export function applyTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const chosen = theme.get();
    document.documentElement.dataset['theme'] =
      chosen === 'system' ? (dark.matches ? 'dark' : 'light') : chosen;
  };
  dark.addEventListener('change', apply);
  theme.subscribe(apply);
  apply();
}

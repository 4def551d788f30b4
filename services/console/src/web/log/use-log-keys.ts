import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { LoggedEvent } from '../api/types.ts';
import { useOrg } from '../shell/me-context.tsx';

const DOWN = new Set(['j', 'ArrowDown']);
const UP = new Set(['k', 'ArrowUp']);

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-row]')];
}

function isTyping(target: Event['target']): boolean {
  const element = target as HTMLElement | null;
  return (
    element?.closest(
      'input, textarea, select, [contenteditable], [role="menu"], [role="dialog"], [role="tablist"]',
    ) !== null
  );
}

/**
 * The keyboard's way through the log: `j`/`k` or arrows move, Enter opens (rows are links), Escape closes, `/` searches.
 * With an event open, moving shows the next one at once.
 */
export function useLogKeys(events: LoggedEvent[], open: string | undefined): void {
  const navigate = useNavigate();
  const org = useOrg();
  useEffect(() => {
    const move = (step: number) => {
      const links = rows();
      const focused = links.indexOf(document.activeElement as HTMLElement);
      const current = focused >= 0 ? focused : events.findIndex((event) => event.key === open);
      const next = current < 0 ? 0 : Math.min(links.length - 1, Math.max(0, current + step));
      links[next]?.focus();
      const key = events[next]?.key;
      if (open !== undefined && key !== undefined && key !== open) {
        void navigate({
          to: '/orgs/$org/events/$key',
          params: { org: org.slug, key },
          search: true,
          replace: true,
        });
      }
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target))
        return;
      if (DOWN.has(event.key)) move(1);
      else if (UP.has(event.key)) move(-1);
      else if (event.key === '/') document.querySelector<HTMLElement>('[data-search]')?.focus();
      else if (event.key === 'Escape' && open !== undefined) {
        void navigate({ to: '/orgs/$org/events', params: { org: org.slug }, search: true });
      } else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [events, open, navigate, org.slug]);
}

import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useOrg } from '../shell/me-context.tsx';
import { FILTERS, type LogSearch } from './search.ts';

const route = getRouteApi('/inside/orgs/$org/events');

type Change = { [K in keyof LogSearch]: LogSearch[K] | undefined };

/** The log's filters are its address. A change leads back to the first page, because a cursor belongs to the filters it came from. */
export function useLogSearch() {
  const search = route.useSearch();
  const org = useOrg();
  const navigate = useNavigate();
  const go = (next: LogSearch) =>
    void navigate({
      to: '/orgs/$org/events',
      params: { org: org.slug },
      search: next,
      state: (state) => ({ ...state, trail: [] }),
    });
  const change = (changes: Change) => {
    const merged = { ...search, ...changes, cursor: undefined };
    go(Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as LogSearch);
  };
  const clear = () => change(Object.fromEntries(FILTERS.map((name) => [name, undefined])));
  return { search, change, clear };
}

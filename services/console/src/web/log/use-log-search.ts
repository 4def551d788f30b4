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
    void navigate({ to: '/orgs/$org/events', params: { org: org.slug }, search: next });
  const { cursor: _cursor, ...filters } = search;
  const change = (changes: Change) => {
    const merged = Object.entries({ ...filters, ...changes });
    go(Object.fromEntries(merged.filter(([, value]) => value !== undefined)) as LogSearch);
  };
  const clear = () => change(Object.fromEntries(FILTERS.map((name) => [name, undefined])));
  const goTo = (cursor: string | undefined) => go(cursor === undefined ? filters : { ...filters, cursor });
  return { search, change, clear, goTo };
}

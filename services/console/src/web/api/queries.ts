import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { eventsQuery, type LogSearch } from '../log/search.ts';
import type { Api } from './client.ts';
import {
  readDestination,
  readDestinations,
  readHistory,
  readMembers,
  readProof,
  readReconciliation,
  readWindows,
} from './readers.ts';
import type { EventPage, LoggedEvent, Me } from './types.ts';

export const PAGE_SIZE = 50;
/** The most that the directory answers at once. */
const MOST_MEMBERS = 200;
const LIVE_EVERY_MS = 4_000;
const STATE_EVERY_MS = 5_000;

const orgPath = (org: string) => `/api/v1/orgs/${encodeURIComponent(org)}`;

export const meQuery = (api: Api) =>
  queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.get<Me>('/api/v1/me', signal),
    staleTime: 30_000,
  });

export const eventPageQuery = (api: Api, org: string, search: LogSearch) =>
  queryOptions({
    queryKey: ['events', org, search],
    queryFn: ({ signal }) =>
      api.get<EventPage>(`${orgPath(org)}/events?${eventsQuery(search, Date.now(), PAGE_SIZE)}`, signal),
    // While another page loads the last one stays in sight, but never that of another org.
    placeholderData: (last: EventPage | undefined, query) => (query?.queryKey[1] === org ? last : undefined),
    staleTime: Infinity,
  });

/** The same page asked again and again beside the one that is shown, so that new events can be counted without moving a line. */
export const livePageQuery = (api: Api, org: string, search: LogSearch, enabled: boolean) =>
  queryOptions({
    ...eventPageQuery(api, org, search),
    queryKey: ['events-live', org, search],
    placeholderData: undefined,
    enabled,
    refetchInterval: LIVE_EVERY_MS,
    retry: false,
    gcTime: 0,
  });

export const eventQuery = (api: Api, org: string, key: string) =>
  queryOptions({
    queryKey: ['event', org, key],
    queryFn: async ({ signal }) => {
      const event = await api.get<LoggedEvent & Record<string, unknown>>(
        `${orgPath(org)}/events/${encodeURIComponent(key)}`,
        signal,
      );
      return readProof(event);
    },
    // Until the proof is complete it is asked for again: sealing and delivery follow within seconds to minutes.
    refetchInterval: (query) => (query.state.data && !query.state.data.settled ? STATE_EVERY_MS : false),
  });

export const destinationsQuery = (api: Api, org: string) =>
  queryOptions({
    queryKey: ['destinations', org],
    queryFn: async ({ signal }) => readDestinations(await api.get(`${orgPath(org)}/destinations`, signal)),
    refetchInterval: STATE_EVERY_MS,
  });

export const destinationQuery = (api: Api, org: string, id: string) =>
  queryOptions({
    queryKey: ['destination', org, id],
    queryFn: async ({ signal }) =>
      readDestination(await api.get(`${orgPath(org)}/destinations/${encodeURIComponent(id)}`, signal)),
    refetchInterval: STATE_EVERY_MS,
  });

export const windowsQuery = (api: Api, org: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ['windows', org, id],
    queryFn: async ({ signal, pageParam }) => {
      const query = new URLSearchParams({
        limit: '20',
        ...(pageParam === null ? {} : { cursor: pageParam }),
      });
      return readWindows(await api.get(`${destinationsPath(org, id)}/windows?${query.toString()}`, signal));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: STATE_EVERY_MS,
  });

export const historyQuery = (api: Api, org: string, id: string) =>
  queryOptions({
    queryKey: ['history', org, id],
    queryFn: async ({ signal }) =>
      readHistory(await api.get(`${destinationsPath(org, id)}/history?limit=10`, signal)),
    refetchInterval: STATE_EVERY_MS,
  });

/** Counted anew at each asking, from the logs too: only when somebody wants to know. */
export const reconciliationQuery = (api: Api, org: string, enabled: boolean) =>
  queryOptions({
    queryKey: ['reconciliation', org],
    queryFn: async ({ signal }) =>
      readReconciliation(await api.get(`${orgPath(org)}/reconciliation`, signal)),
    enabled,
    staleTime: Infinity,
    gcTime: 0,
  });

export const membersQuery = (api: Api, org: string) =>
  queryOptions({
    queryKey: ['members', org],
    queryFn: async ({ signal }) =>
      readMembers(await api.get(`${orgPath(org)}/members?limit=${MOST_MEMBERS}`, signal)),
  });

export const destinationsPath = (org: string, id?: string) =>
  `${orgPath(org)}/destinations${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

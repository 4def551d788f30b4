import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import type { Api } from './api/client.ts';
import { EventPanel } from './log/event-panel.tsx';
import { LogPage } from './log/log-page.tsx';
import { parseLogSearch } from './log/search.ts';
import { DestinationPage } from './organisation/destination-page.tsx';
import { DestinationsPage } from './organisation/destinations-page.tsx';
import { MembersPage } from './organisation/members-page.tsx';
import { OrganisationPage } from './organisation/organisation-page.tsx';
import { SignIn } from './session/sign-in.tsx';
import { SignedIn } from './session/signed-in.tsx';
import { localPath, type Session } from './session/session.ts';
import { ChooseOrganisation } from './shell/choose-organisation.tsx';
import { FailedPage } from './shell/failed-page.tsx';
import { NotFoundPage } from './shell/not-found.tsx';
import { OrgLayout } from './shell/org-layout.tsx';
import { SignedInLayout } from './shell/signed-in-layout.tsx';

export interface RouterContext {
  session: Session;
  api: Api;
  queries: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: FailedPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (raw: Record<string, unknown>): { return?: string } => {
    const path = localPath(typeof raw['return'] === 'string' ? raw['return'] : undefined);
    return path === '/' ? {} : { return: path };
  },
  component: SignIn,
});

const signedIn = createRoute({ getParentRoute: () => root, path: '/signed-in', component: SignedIn });

/** Everything below is for those who are signed in; others go to the sign-in page and come back to where they wanted to be. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    if (await context.session.signedIn()) return;
    redirect({ to: '/sign-in', search: location.href === '/' ? {} : { return: location.href }, throw: true });
  },
  component: SignedInLayout,
});

const home = createRoute({ getParentRoute: () => inside, path: '/', component: ChooseOrganisation });

const org = createRoute({ getParentRoute: () => inside, path: '/orgs/$org', component: OrgLayout });

const orgHome = createRoute({
  getParentRoute: () => org,
  path: '/',
  beforeLoad: ({ params }) => {
    redirect({ to: '/orgs/$org/events', params, throw: true });
  },
});

const events = createRoute({
  getParentRoute: () => org,
  path: '/events',
  validateSearch: parseLogSearch,
  component: LogPage,
});

const event = createRoute({ getParentRoute: () => events, path: '/$key', component: EventPanel });

const organisation = createRoute({
  getParentRoute: () => org,
  path: '/organisation',
  component: OrganisationPage,
});

const organisationHome = createRoute({
  getParentRoute: () => organisation,
  path: '/',
  beforeLoad: ({ params }) => {
    redirect({ to: '/orgs/$org/organisation/audit-events', params, throw: true });
  },
});

const destinations = createRoute({
  getParentRoute: () => organisation,
  path: '/audit-events',
  component: DestinationsPage,
});

const members = createRoute({ getParentRoute: () => organisation, path: '/members', component: MembersPage });

const destination = createRoute({
  getParentRoute: () => org,
  path: '/organisation/audit-events/$id',
  component: DestinationPage,
});

const tree = root.addChildren([
  signIn,
  signedIn,
  inside.addChildren([
    home,
    org.addChildren([
      orgHome,
      events.addChildren([event]),
      organisation.addChildren([organisationHome, destinations, members]),
      destination,
    ]),
  ]),
]);

export function createConsoleRouter(context: RouterContext) {
  return createRouter({ routeTree: tree, context, scrollRestoration: false, defaultPreload: false });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}

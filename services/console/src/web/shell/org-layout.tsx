import { getRouteApi, Link, Outlet, useNavigate } from '@tanstack/react-router';
import { Building2, Check, ChevronsUpDown, ScrollText } from 'lucide-react';
import type { ReactNode } from 'react';
import type { OrgAccess } from '../api/types.ts';
import { cn } from '../components/class-names.ts';
import { LogoMark } from '../components/logo.tsx';
import { Menu, MenuItem } from '../components/menu.tsx';
import { OrgContext, planName, useMe, useOrg } from './me-context.tsx';
import { NotFoundPage } from './not-found.tsx';
import { OrgMark } from './org-mark.tsx';
import { useMedia } from './use-media.ts';
import { UserMenu } from './user-menu.tsx';

const route = getRouteApi('/inside/orgs/$org');

/** The frame around one organisation's pages. Who is no member gets the page of an address that does not exist. */
export function OrgLayout() {
  const { org: address } = route.useParams();
  const org = useMe().orgs.find((each) => each.slug === address || each.id === address);
  const wide = useMedia('(min-width: 64rem)');
  if (!org) return <NotFoundPage />;
  return (
    <OrgContext value={org}>
      <div className="flex h-dvh flex-col overflow-hidden lg:flex-row">
        <a
          href="#main"
          className="sr-only z-50 rounded bg-solid px-3 py-2 text-on-solid focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
        >
          Skip to content
        </a>
        {wide ? <Sidebar /> : <TopBar />}
        <main id="main" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
          <Outlet />
        </main>
      </div>
    </OrgContext>
  );
}

function Sidebar() {
  return (
    <aside className="flex w-58 shrink-0 flex-col border-r border-line bg-sunken">
      <div className="p-2.5">
        <OrgSwitcher />
      </div>
      <nav aria-label="Main" className="flex flex-1 flex-col gap-0.5 px-2.5">
        <NavLinks />
      </nav>
      <div className="border-t border-line p-2">
        <UserMenu />
      </div>
    </aside>
  );
}

/** On tablets the sidebar's content becomes one row. */
function TopBar() {
  return (
    <header className="flex shrink-0 items-center gap-3 border-b border-line bg-sunken px-3 py-2">
      <LogoMark />
      <div className="w-52">
        <OrgSwitcher />
      </div>
      <nav aria-label="Main" className="flex flex-1 gap-1">
        <NavLinks />
      </nav>
      <UserMenu side="bottom" compact />
    </header>
  );
}

function NavLinks() {
  return (
    <>
      <NavLink to="/orgs/$org/events" icon={<ScrollText />}>
        Audit log
      </NavLink>
      <NavLink to="/orgs/$org/organisation" icon={<Building2 />}>
        Organisation
      </NavLink>
    </>
  );
}

function NavLink({
  to,
  icon,
  children,
}: {
  to: '/orgs/$org/events' | '/orgs/$org/organisation';
  icon: ReactNode;
  children: ReactNode;
}) {
  const org = useOrg();
  return (
    <Link
      to={to}
      params={{ org: org.slug }}
      activeOptions={{ includeSearch: false }}
      className="flex h-8 items-center gap-2.5 rounded-md px-2 text-sm font-medium [&_svg]:size-4"
      activeProps={{ className: 'bg-active text-ink [&_svg]:text-ink' }}
      inactiveProps={{ className: 'text-soft hover:bg-hover hover:text-ink [&_svg]:text-faint' }}
    >
      {icon}
      {children}
    </Link>
  );
}

function OrgSwitcher() {
  const org = useOrg();
  const { orgs } = useMe();
  const navigate = useNavigate();
  const face = (chevron: boolean) => (
    <>
      <OrgMark org={org} />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-semibold">{org.name}</span>
        <span className="block truncate text-xs text-faint">{planName(org.plan)}</span>
      </span>
      {chevron && <ChevronsUpDown className="size-3.5 text-faint" />}
    </>
  );
  const box = 'flex w-full items-center gap-2.5 rounded-md px-2 py-1.5 text-left';
  if (orgs.length < 2) return <div className={box}>{face(false)}</div>;
  const trigger = (
    <button
      type="button"
      aria-label={`Organisation ${org.name}: change`}
      className={cn(box, 'hover:bg-hover data-popup-open:bg-hover')}
    >
      {face(true)}
    </button>
  );
  const open = (next: OrgAccess) => void navigate({ to: '/orgs/$org/events', params: { org: next.slug } });
  return (
    <Menu trigger={trigger}>
      {orgs.map((each) => (
        <MenuItem key={each.id} onClick={() => open(each)}>
          <OrgMark org={each} className="size-5" />
          <span className="flex-1 truncate">{each.name}</span>
          {each.id === org.id && <Check className="!text-ink" />}
        </MenuItem>
      ))}
    </Menu>
  );
}

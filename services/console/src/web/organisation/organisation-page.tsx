import { Link, Outlet } from '@tanstack/react-router';
import { planName, useOrg } from '../shell/me-context.tsx';

const tab = 'h-9 border-b-2 px-0.5 text-sm font-medium leading-9';
const active = { className: 'border-ink text-ink' };
const inactive = { className: 'border-transparent text-faint hover:text-ink' };

/** The organisation's own page; its section "Audit Events" says where the events go. */
export function OrganisationPage() {
  const org = useOrg();
  return (
    <div className="quiet-scroll min-h-0 flex-1 overflow-auto">
      <header className="px-6 pt-5">
        <h1 className="text-lg font-semibold tracking-tight">Organisation</h1>
        <p className="mt-0.5 text-sm text-faint">
          {org.name} · {planName(org.plan)} plan · <span className="font-mono text-xs">{org.slug}</span>
        </p>
      </header>
      <nav aria-label="Organisation" className="mt-3 flex gap-5 border-b border-line px-6">
        <Link
          to="/orgs/$org/organisation/audit-events"
          params={{ org: org.slug }}
          className={tab}
          activeProps={active}
          inactiveProps={inactive}
        >
          Audit Events
        </Link>
        <Link
          to="/orgs/$org/organisation/members"
          params={{ org: org.slug }}
          className={tab}
          activeProps={active}
          inactiveProps={inactive}
        >
          Members
        </Link>
      </nav>
      <Outlet />
    </div>
  );
}

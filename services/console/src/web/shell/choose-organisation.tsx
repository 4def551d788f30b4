import { Link, Navigate } from '@tanstack/react-router';
import { Building2, ChevronRight } from 'lucide-react';
import { Wordmark } from '../components/logo.tsx';
import { Notice } from '../components/notice.tsx';
import { planName, standingOf, useMe } from './me-context.tsx';
import { OrgMark } from './org-mark.tsx';
import { UserMenu } from './user-menu.tsx';

/** Which organisation's log; skipped by those who have one. */
export function ChooseOrganisation() {
  const me = useMe();
  const [only] = me.orgs;
  if (only && me.orgs.length === 1)
    return <Navigate to="/orgs/$org/events" params={{ org: only.slug }} replace />;
  return (
    <div className="flex min-h-dvh flex-col">
      <title>Organisations · Auditorium</title>
      <header className="flex items-center justify-between px-6 py-4">
        <Wordmark />
        <div className="w-56">
          <UserMenu side="bottom" />
        </div>
      </header>
      <main className="mx-auto w-full max-w-md flex-1 px-6 pt-[12vh]">
        {me.orgs.length === 0 ? <NoOrganisation email={me.email} /> : <Organisations />}
      </main>
    </div>
  );
}

function Organisations() {
  const me = useMe();
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">Choose an organisation</h1>
      <p className="mt-1 text-sm text-soft">You are a member of {me.orgs.length} organisations.</p>
      <ul className="mt-6 overflow-hidden rounded-lg border border-line" data-testid="organisations">
        {me.orgs.map((org) => (
          <li key={org.id} className="border-b border-line last:border-0">
            <Link
              to="/orgs/$org/events"
              params={{ org: org.slug }}
              className="group flex items-center gap-3 px-4 py-3 -outline-offset-2 hover:bg-hover"
            >
              <OrgMark org={org} className="size-8 rounded-lg text-sm" />
              <span className="min-w-0 flex-1">
                <span className="block truncate text-base font-medium">{org.name}</span>
                <span className="block text-xs text-faint">
                  {planName(org.plan)} · {standingOf(org)}
                </span>
              </span>
              <ChevronRight className="size-4 text-faint transition-transform group-hover:translate-x-0.5" />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function NoOrganisation({ email }: { email?: string | null | undefined }) {
  return (
    <Notice testId="no-organisation" icon={<Building2 />} title="You are not a member of any organisation">
      <p>
        {email ? (
          <>
            You are signed in as <b className="font-medium text-ink">{email}</b>.{' '}
          </>
        ) : null}
        An organisation's admin can add you; then its log appears here.
      </p>
    </Notice>
  );
}

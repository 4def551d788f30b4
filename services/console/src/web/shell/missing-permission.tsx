import { LockKeyhole } from 'lucide-react';
import type { Problem } from '../api/problem.ts';
import { Notice } from '../components/notice.tsx';
import { useMe, useOrg } from './me-context.tsx';

const GRANT: Record<string, string> = {
  'LOG-MANAGEMENT':
    'An organisation admin grants it: give a role the permission, the role to a group, and put you in the group.',
  'ORG-ADMIN': 'Only an organisation admin can make you one.',
};

/** Tells a member exactly what is missing, and who can change that. */
export function MissingPermission({
  problem,
  permission,
  purpose,
}: {
  problem?: Problem;
  permission: string;
  purpose: string;
}) {
  const org = useOrg();
  const me = useMe();
  const missing = problem?.missing ?? permission;
  return (
    <div className="grid flex-1 place-items-center">
      <Notice
        testId="missing-permission"
        icon={<LockKeyhole />}
        title={
          missing === 'ORG-ADMIN' ? 'Only organisation admins can do this' : 'You need one more permission'
        }
      >
        <p>
          To {purpose}, you need{' '}
          <code className="rounded bg-hover px-1.5 py-0.5 text-xs font-medium text-ink" data-testid="missing">
            {missing}
          </code>
          .
        </p>
        <p className="mt-2">{GRANT[missing] ?? 'An organisation admin can grant it.'}</p>
        <dl className="mt-5 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 rounded-lg border border-line bg-sunken px-4 py-3 text-left text-xs">
          <dt className="text-faint">Organisation</dt>
          <dd className="truncate">{org.name}</dd>
          <dt className="text-faint">You</dt>
          <dd className="truncate">{me.email ?? me.name ?? me.subject}</dd>
          <dt className="text-faint">Permissions now</dt>
          <dd>{org.permissions.length === 0 ? 'none' : org.permissions.join(', ')}</dd>
        </dl>
      </Notice>
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { isProblem } from '../api/client.ts';
import { membersQuery } from '../api/queries.ts';
import type { Member } from '../api/types.ts';
import { ActorMark } from '../components/avatar.tsx';
import { Badge, Tag } from '../components/badge.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { MissingPermission } from '../shell/missing-permission.tsx';

const head = 'h-9 px-4 text-left text-xs font-normal text-faint';
const cell = 'h-12 border-t border-line px-4 align-middle';

/** Who belongs to the organisation and what each may do; read only. */
export function MembersPage() {
  const org = useOrg();
  const { api } = useSession();
  const members = useQuery(membersQuery(api, org.id));
  if (isProblem(members.error, 403))
    return (
      <MissingPermission
        problem={members.error}
        permission="ORG-ADMIN"
        purpose={`see the members of ${org.name}`}
      />
    );
  return (
    <div className="max-w-5xl px-6 py-5">
      <title>{`Members · ${org.name} · Auditorium`}</title>
      <h2 className="text-base font-semibold">Members</h2>
      <p className="mt-0.5 text-sm text-soft">
        Admins read the log. Others need a role with LOG-MANAGEMENT, through a group.
      </p>
      {members.error ? (
        <ErrorNotice error={members.error} retry={() => void members.refetch()} />
      ) : !members.data ? (
        <Skeleton label="Loading members" className="mt-4 h-40 rounded-lg" />
      ) : (
        <div className="mt-4 overflow-hidden rounded-lg border border-line">
          <table className="w-full border-separate border-spacing-0" data-testid="members">
            <thead className="bg-sunken">
              <tr>
                <th scope="col" className={head}>
                  Member
                </th>
                <th scope="col" className={head}>
                  Groups
                </th>
                <th scope="col" className={head}>
                  Roles
                </th>
                <th scope="col" className={head}>
                  Permissions
                </th>
              </tr>
            </thead>
            <tbody>
              {members.data.map((member) => (
                <Row key={member.user} member={member} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function Row({ member }: { member: Member }) {
  const name = member.name ?? member.email ?? member.user;
  return (
    <tr>
      <td className={cell}>
        <span className="flex items-center gap-2.5">
          <ActorMark type="user" id={member.user} name={name} className="size-6 text-[10px]" />
          <span className="min-w-0">
            <span className="block truncate font-medium">{name}</span>
            {member.email && member.email !== name && (
              <span className="block truncate text-xs text-faint">{member.email}</span>
            )}
          </span>
        </span>
      </td>
      <td className={cell}>
        <Tags names={member.groups} />
      </td>
      <td className={cell}>
        <Tags names={member.roles} />
      </td>
      <td className={cell}>
        <span className="flex flex-wrap gap-1">
          {member.admin && <Badge tone="accent">Organisation admin</Badge>}
          {member.permissions.map((permission) => (
            <Tag key={permission}>{permission}</Tag>
          ))}
          {!member.admin && member.permissions.length === 0 && <span className="text-faint">None</span>}
        </span>
      </td>
    </tr>
  );
}

function Tags({ names }: { names: string[] }) {
  if (names.length === 0) return <span className="text-faint">None</span>;
  return (
    <span className="flex flex-wrap gap-1">
      {names.map((name) => (
        <Tag key={name}>{name}</Tag>
      ))}
    </span>
  );
}

import { Tabs } from '@base-ui/react/tabs';
import type { Destination } from '../api/types.ts';
import { JsonBlock } from '../log/raw-event.tsx';

const tab =
  'h-7 rounded-md px-2.5 text-xs font-medium text-faint hover:text-ink data-active:bg-hover data-active:text-ink';

/** What the customer pastes into their own account. */
export function AccessPolicies({ destination }: { destination: Destination }) {
  const { trustPolicy, permissionPolicy } = destination;
  if (trustPolicy === null && permissionPolicy === null) return null;
  return (
    <section data-testid="policies">
      <Tabs.Root defaultValue="trust">
        <div className="flex items-center justify-between">
          <h2 className="text-base font-semibold">Access</h2>
          <Tabs.List className="flex gap-1">
            <Tabs.Tab value="trust" className={tab}>
              Trust policy
            </Tabs.Tab>
            <Tabs.Tab value="permission" className={tab}>
              Permission policy
            </Tabs.Tab>
          </Tabs.List>
        </div>
        <Tabs.Panel value="trust" className="mt-2">
          <JsonBlock value={trustPolicy} className="max-h-80" />
          <p className="mt-2 text-xs text-faint">
            On the role: only Auditorium may assume it, and only with this external ID.
          </p>
        </Tabs.Panel>
        <Tabs.Panel value="permission" className="mt-2">
          <JsonBlock value={permissionPolicy} className="max-h-80" />
          <p className="mt-2 text-xs text-faint">
            Attached to the role: it may put objects below the prefix. It can read and delete nothing.
          </p>
        </Tabs.Panel>
      </Tabs.Root>
    </section>
  );
}

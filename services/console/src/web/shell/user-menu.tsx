import { ChevronsUpDown, Clock, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { ActorMark } from '../components/avatar.tsx';
import { cn } from '../components/class-names.ts';
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '../components/menu.tsx';
import { useSession } from '../session/session-context.tsx';
import { useMe } from './me-context.tsx';
import { useTheme, useZone } from './preferences.ts';

export function UserMenu({ side = 'top', compact = false }: { side?: 'top' | 'bottom'; compact?: boolean }) {
  const me = useMe();
  const { session } = useSession();
  const [theme, setTheme] = useTheme();
  const [zone, setZone] = useZone();
  const name = me.name ?? me.email ?? me.subject;
  const trigger = (
    <button
      type="button"
      aria-label={`Account of ${name}`}
      data-testid="user-menu"
      className={cn(
        'flex items-center gap-2 rounded-md p-1.5 text-left hover:bg-hover data-popup-open:bg-hover',
        compact ? '' : 'w-full',
      )}
    >
      <ActorMark type="user" id={me.subject} name={name} className="size-6 text-[10px]" />
      {!compact && (
        <>
          <span className="min-w-0 flex-1">
            <span className="block truncate text-sm font-medium">{name}</span>
            {me.email && me.email !== name && (
              <span className="block truncate text-xs text-faint">{me.email}</span>
            )}
          </span>
          <ChevronsUpDown className="size-3.5 text-faint" />
        </>
      )}
    </button>
  );
  return (
    <Menu trigger={trigger} side={side} align="end">
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={setTheme}
        options={[
          { value: 'system', label: 'System', icon: <Monitor /> },
          { value: 'light', label: 'Light', icon: <Sun /> },
          { value: 'dark', label: 'Dark', icon: <Moon /> },
        ]}
      />
      <MenuSeparator />
      <MenuChoice
        label="Times"
        value={zone}
        onChange={setZone}
        options={[
          { value: 'local', label: 'Local time', icon: <Clock /> },
          { value: 'utc', label: 'UTC', icon: <Clock /> },
        ]}
      />
      <MenuSeparator />
      <MenuItem onClick={() => void session.signOut()} data-testid="sign-out">
        <LogOut /> Sign out
      </MenuItem>
    </Menu>
  );
}

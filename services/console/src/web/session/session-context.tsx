import { createContext, use } from 'react';
import type { Api } from '../api/client.ts';
import type { Session } from './session.ts';

export interface SessionContextValue {
  session: Session;
  api: Api;
}

export const SessionContext = createContext<SessionContextValue | null>(null);

export function useSession(): SessionContextValue {
  const value = use(SessionContext);
  if (!value) throw new Error('useSession stands outside of SessionContext');
  return value;
}

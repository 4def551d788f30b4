import { createContext, use } from 'react';
import type { Me, OrgAccess } from '../api/types.ts';

export const MeContext = createContext<Me | null>(null);
export const OrgContext = createContext<OrgAccess | null>(null);

export function useMe(): Me {
  const me = use(MeContext);
  if (!me) throw new Error('useMe stands outside of MeContext');
  return me;
}

export function useOrg(): OrgAccess {
  const org = use(OrgContext);
  if (!org) throw new Error('useOrg stands outside of OrgContext');
  return org;
}

/** What the person is in this organisation, in one word. */
export function standingOf(org: OrgAccess): string {
  if (org.admin) return 'Admin';
  return org.permissions.includes('LOG-MANAGEMENT') ? 'Auditor' : 'Member';
}

const PLAN_NAMES: Record<string, string> = {
  enterprise: 'Enterprise',
  'enterprise-trial': 'Enterprise trial',
};

export function planName(plan: string): string {
  return PLAN_NAMES[plan] ?? plan.replace(/^./, (first) => first.toUpperCase());
}

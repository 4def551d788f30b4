import { type ActionKind, actionKind } from './action-kind.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { snakeCase, wordsOf } from './words.ts';

/** The 45 types that its users know (AK5). */
export const AIRKIT_EVENT_TYPES: ReadonlySet<string> = new Set(
  `portal_page_view deployment_changed new_adapter deleted_api_key deleted_encryption_key modified_notifier new_saml
  invite_sent new_encryption_key user_support_scope_assigned deleted_resource user_role_removed deleted_notifier
  clone_datastore invalid_login saml_assertion_received user_created user_logout deleted_domain_certificate new_embed
  user_root_scope_assigned deleted_adapter modified_datastore deleted_datastore user_login app_deployed new_resource
  new_api_key modified_adapter modified_api_key data_migration org_created new_domain_certificate
  modified_domain_certificate new_notifier backup_datastore new_datastore password_change modified_embed user_locked
  deleted_embed app_undeployed app_created user_role_added request_state`.split(/\s+/),
);

/** Our nouns, and what they are called there. */
const NOUNS = new Map(
  Object.entries({
    adapter: 'adapter',
    integration: 'adapter',
    connector: 'adapter',
    'api-key': 'api_key',
    key: 'api_key',
    'encryption-key': 'encryption_key',
    notifier: 'notifier',
    saml: 'saml',
    'domain-certificate': 'domain_certificate',
    datastore: 'datastore',
    database: 'datastore',
    embed: 'embed',
    resource: 'resource',
  }),
);
const PREFIXES: Readonly<Partial<Record<ActionKind, string>>> = {
  create: 'new',
  update: 'modified',
  delete: 'deleted',
  revoke: 'deleted',
};

/** Actions that have a name of their own there. */
const NAMED = new Map(
  Object.entries({
    'user.created': 'user_created',
    'member.added': 'user_created',
    'user.locked': 'user_locked',
    'password.changed': 'password_change',
    'user.password-changed': 'password_change',
    'org.created': 'org_created',
    'app.created': 'app_created',
    'project.created': 'app_created',
    'app.deployed': 'app_deployed',
    'integration.deployed': 'app_deployed',
    'app.undeployed': 'app_undeployed',
    'integration.undeployed': 'app_undeployed',
    'integration.redeployed': 'deployment_changed',
    'integration.promoted': 'deployment_changed',
    'deployment.changed': 'deployment_changed',
    'deployment.promoted': 'deployment_changed',
    'member.admin-granted': 'user_root_scope_assigned',
    'datastore.cloned': 'clone_datastore',
    'datastore.backed-up': 'backup_datastore',
    'saml.assertion-received': 'saml_assertion_received',
    'data.migrated': 'data_migration',
    'portal.page-viewed': 'portal_page_view',
  }),
);

/**
 * The type that an event has there. Where none of the 45 fits it is our action with underscores (`project.renamed` →
 * `project_renamed`): a column of text takes it, and nobody mistakes it for something else.
 */
export function airkitEventType({ type, outcome, targets }: LedgerEvent): string {
  const own = snakeCase(type);
  if (AIRKIT_EVENT_TYPES.has(own)) return own;
  return NAMED.get(type) ?? ofAccess(type, outcome, targets) ?? ofThings(type) ?? (own || 'unknown');
}

function ofAccess(type: string, outcome: string, targets: LedgerEvent['targets']): string | undefined {
  const kind = actionKind(type);
  if (kind === 'login') return outcome === 'success' && !/fail/.test(type) ? 'user_login' : 'invalid_login';
  if (kind === 'logout') return 'user_logout';
  if (kind === 'invite') return 'invite_sent';
  const about = targets.some((target) => target.type === 'role') || wordsOf(type).includes('role');
  if (about && kind === 'grant') return 'user_role_added';
  return about && kind === 'revoke' ? 'user_role_removed' : undefined;
}

function ofThings(type: string): string | undefined {
  const dot = type.lastIndexOf('.');
  const noun = NOUNS.get(type.slice(0, Math.max(0, dot)).toLowerCase());
  const prefix = PREFIXES[actionKind(type)];
  const found = `${prefix}_${noun}`;
  return AIRKIT_EVENT_TYPES.has(found) ? found : undefined;
}

export { decideAccess, type AccessAction, type AccessDecision } from './decide-access.ts';
export { DirectoryView, type Membership } from './directory-view.ts';
export { LOG_MANAGEMENT, ORG_ADMIN, PERMISSIONS, type Permission } from './permission.ts';

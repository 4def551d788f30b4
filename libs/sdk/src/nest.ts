export { AuditModule, type AuditModuleAsyncOptions } from './nest/audit.module.ts';
export { AUDIT, type AuditModuleOptions, type IncomingRequest } from './nest/audit-module-options.ts';
export { Audited, type AuditedRequest } from './nest/audited.decorator.ts';

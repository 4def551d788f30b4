/** Reads the org's log; comes to a user through role → group → user. */
export const LOG_MANAGEMENT = 'LOG-MANAGEMENT';

/** Not a permission that a role can carry: being an admin of the org. Named here because a refusal names what is missing. */
export const ORG_ADMIN = 'ORG-ADMIN';

/** What a role can carry. */
export const PERMISSIONS = [LOG_MANAGEMENT] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const SETTINGS = Symbol('console settings');
export const SITE = Symbol('site');
export const FORWARDER = Symbol('forwarder');

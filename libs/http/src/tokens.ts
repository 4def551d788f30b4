/** Injects the service's logger: `@Inject(LOGGER) log: Logger`. */
export const LOGGER = Symbol('auditorium.logger');

/** Requests that passed every guard and reached the interceptor, which then records how they ended. */
const reached = new WeakSet<object>();

/** Notes that a request has passed the guards. */
export function reachedHandler(request: object): void {
  reached.add(request);
}

/** Whether a request has passed the guards. */
export function hasReachedHandler(request: object): boolean {
  return reached.has(request);
}

/** What controllers are given by the composition root. */
export const DELIVERY = Symbol('delivery.delivery');
export const DIRECTORY = Symbol('delivery.directory');
export const RECONCILE = Symbol('delivery.reconcile');
export const LOCATE = Symbol('delivery.locate');
export const DESTINATIONS = Symbol('delivery.destinations');
export const GAPS = Symbol('delivery.gaps');

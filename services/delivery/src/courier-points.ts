/** Where a test may kill the courier; README.md says what each leaves behind. */
export const COURIER_POINTS = [
  'courier.window-stored',
  'courier.planned',
  'courier.copy-written',
  'courier.plans-copied',
  'courier.attempt-recorded',
  'courier.after-put',
  'courier.receipt-stored',
] as const;
export type CourierPoint = (typeof COURIER_POINTS)[number];

/** Under which names controllers are given what the composition root made. */
export const GAPS = Symbol('enrichment.gaps');

/** The real ones, kept before `install.ts` puts virtual ones in their place. */
export const realSetImmediate = globalThis.setImmediate;
export const RealDate = globalThis.Date;
export const realPerformanceNow = performance.now.bind(performance);

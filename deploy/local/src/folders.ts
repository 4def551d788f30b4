/** The folders of the servers below a system's own, in which their data, logs and pids lie. */
export const SERVER_FOLDERS = {
  kafka: 'kafka',
  postgres: 'postgres',
  aws: 'aws',
  identity: 'identity',
} as const;

/** Our own processes in the order in which they are stopped; those of one group together. */
export const LOCAL_SERVICES = [
  ['demoProduct'],
  ['console'],
  ['query', 'delivery', 'enrichment'],
  ['directory'],
] as const;

/** One of our own processes. */
export type ServiceName = (typeof LOCAL_SERVICES)[number][number];

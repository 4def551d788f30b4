/** Where everything of a local system listens. */
export interface LocalPorts {
  console: number;
  directory: number;
  query: number;
  delivery: number;
  enrichment: number;
  issuer: number;
  demoProduct: number;
  kafka: number;
  postgres: number;
  s3: number;
}

/** What `npm start` uses. Tests choose free ones. */
export const DEFAULT_PORTS: LocalPorts = {
  console: 4400,
  directory: 4401,
  query: 4402,
  delivery: 4403,
  enrichment: 4404,
  issuer: 4405,
  demoProduct: 4406,
  kafka: 4492,
  postgres: 4432,
  s3: 4466,
};

import { PLATFORM_PRINCIPAL, REGION } from './aws-accounts.ts';
import { CLIENTS } from './demo.ts';
import type { ServiceName } from './folders.ts';
import type { LocalPorts } from './local-ports.ts';
import { LEDGER_BUCKET, type LocalServers } from './local-servers.ts';

const url = (port: number): string => `http://127.0.0.1:${port}`;

/** Settings that several services know; each knows all of these names, used or not. */
function shared(servers: Omit<LocalServers, 'stop'>, ports: LocalPorts): Record<string, string> {
  return {
    AUDITORIUM_HOST: '127.0.0.1',
    AUDITORIUM_LOG_LEVEL: 'info',
    AUDITORIUM_KAFKA_BROKERS: servers.kafkaBrokers.join(','),
    AUDITORIUM_REPLICATION: servers.kafkaBrokers.length >= 3 ? '3' : '1',
    AUDITORIUM_CREATE_TOPICS: 'true',
    AUDITORIUM_DATABASE_URL: servers.databaseUrl,
    AUDITORIUM_OIDC_ISSUER: servers.identity.issuer,
    AUDITORIUM_OIDC_AUDIENCE: 'auditorium',
    AUDITORIUM_OPERATORS: CLIENTS.cli,
    AUDITORIUM_SERVICE_SUBJECTS: CLIENTS.service,
    AUDITORIUM_OIDC_CLIENT_ID: servers.identity.service.clientId,
    AUDITORIUM_OIDC_CLIENT_SECRET: servers.identity.service.clientSecret,
    AUDITORIUM_DIRECTORY_URL: url(ports.directory),
    AUDITORIUM_DELIVERY_URL: url(ports.delivery),
    AUDITORIUM_QUERY_URL: url(ports.query),
    AUDITORIUM_ENRICHMENT_URL: url(ports.enrichment),
    AUDITORIUM_LEDGER_BUCKET: LEDGER_BUCKET,
    AUDITORIUM_S3_ENDPOINT: servers.s3Endpoint,
    AUDITORIUM_STS_ENDPOINT: servers.s3Endpoint,
    AUDITORIUM_S3_REGION: REGION,
    AUDITORIUM_S3_PATH_STYLE: 'true',
  };
}

/** What only one service knows. The demo seals every 2 s and delivers windows of 10 s, to have something to show. */
const OWN: Partial<Record<ServiceName, (servers: Omit<LocalServers, 'stop'>) => Record<string, string>>> = {
  delivery: ({ platform }) => ({
    AUDITORIUM_SEAL_INTERVAL_MS: '2000',
    AUDITORIUM_DEFAULT_WINDOW_S: '10',
    AUDITORIUM_MIN_WINDOW_S: '1',
    AUDITORIUM_PLATFORM_PRINCIPAL_ARN: PLATFORM_PRINCIPAL,
    AWS_ACCESS_KEY_ID: platform.accessKeyId,
    AWS_SECRET_ACCESS_KEY: platform.secretAccessKey,
    AWS_REGION: REGION,
  }),
};

/** The whole environment of one service. Three brokers replicate three-fold, one cannot. */
export function serviceEnvironment(
  name: ServiceName,
  servers: Omit<LocalServers, 'stop'>,
  ports: LocalPorts,
): Record<string, string> {
  return { ...shared(servers, ports), AUDITORIUM_PORT: String(ports[name]), ...OWN[name]?.(servers) };
}

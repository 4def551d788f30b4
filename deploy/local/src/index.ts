export { type KafkaCluster, type KafkaServer, startKafka } from './kafka.ts';
export { type PostgresServer, startPostgres } from './postgres.ts';
export { type AwsStandIn, startMinistack } from './ministack.ts';
export { freePort, freePorts } from './ports.ts';
export { sentenceOf, setupError } from './setup-error.ts';
export { nodeBinary, ownProgram, repositoryFolder, stateFolder } from './paths.ts';
export { endProcess, startOf } from './live-process.ts';
export { tryLock } from './folder-lock.ts';
export { cleanEnvironment } from './environment.ts';
export { allOrNone, type TestServers, startTestServers } from './test-servers.ts';
export { joinTestPool } from './test-pool.ts';
export * from './aws-accounts.ts';
export { type ClientSecret, type IdentityProvider, startIdentityProvider } from './identity.ts';
export * from './demo.ts';
export { discard, startTestRun } from './test-run.ts';
export { postgresHome } from './postgres-binaries.ts';
export { buildAll } from './build.ts';
export { startProgress, type Say } from './progress.ts';
export { type LocalPorts } from './local-ports.ts';
export { type LocalServers, startLocalServers } from './local-servers.ts';
export { stopFolders } from './stop-folders.ts';
export { type LocalSystem, startSystem, type SystemOptions } from './system.ts';
export { type RunningService, serviceCommand, superviseService } from './services.ts';
export { serviceEnvironment } from './service-environment.ts';
export { endLeftover, type ServerCommand } from './server-process.ts';
export { LEDGER_BUCKET } from './local-servers.ts';
export { type Api, apiOf, signIn } from './api.ts';
export { type ServiceName } from './folders.ts';
export {
  describeLocal,
  type LocalDescription,
  localFile,
  readLocal,
  writeLocal,
} from './local-description.ts';
export { fetchOnce } from './fetch-tools.ts';

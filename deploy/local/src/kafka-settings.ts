/** Where a node listens: clients on `port`, the other controllers on `controllerPort`. */
export interface KafkaNode {
  id: number;
  dataDir: string;
  port: number;
  controllerPort: number;
  /** Where clients are told to come; `port` unless a proxy stands in front of it. */
  advertisedPort?: number;
}

/** Chosen once: a data folder remembers it, and it must not start with `-` (the format tool reads that as an option). */
export const CLUSTER_ID = 'AuditoriumLocalKafka01';

/**
 * The settings of one node of a cluster of broker-controllers. Three nodes replicate three-fold and acknowledge with
 * two; one node cannot.
 */
export function kafkaSettings(node: KafkaNode, cluster: readonly KafkaNode[]): string {
  const replicas = cluster.length >= 3 ? 3 : 1;
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': cluster
      .map((each) => `${each.id}@127.0.0.1:${each.controllerPort}`)
      .join(','),
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.advertisedPort ?? node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': `${node.dataDir}/data`,
    // Topics are made with the settings the contract asks for, never by the first message that names them.
    'auto.create.topics.enable': false,
    'unclean.leader.election.enable': false,
    'default.replication.factor': replicas,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.min.isr': replicas === 3 ? 2 : 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': replicas === 3 ? 2 : 1,
    'min.insync.replicas': replicas === 3 ? 2 : 1,
    'group.initial.rebalance.delay.ms': 0,
    // Small buffers and few threads: this broker shares two cores with everything else.
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'num.network.threads': 2,
    'num.io.threads': 4,
    // A killed node is taken for dead after 3 s, so a restart takes 4 s instead of 11 s.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 1000,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

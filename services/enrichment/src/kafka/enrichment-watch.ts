import { LastingFailures } from '@auditorium/kafka';
import { counter, gauge, type Logger } from '@auditorium/telemetry';
import type { Decision } from '../domain/decide-verdict.ts';
import type { Directory } from '../domain/directory.ts';

/** Orgs named in the log as unknown, at most; the counter goes on. */
const NAMED_ORGS = 1000;

/** Counts what happens, and says what somebody should know. */
export class EnrichmentWatch {
  /** What readiness asks. */
  readonly failures = new LastingFailures();
  readonly #log: Logger;
  readonly #directory: Directory;
  readonly #verdicts = counter('auditorium.enrichment.verdicts', 'Verdicts given, by verdict and code');
  readonly #unknownOrgs = counter(
    'auditorium.enrichment.unknown_org',
    'Events of orgs the directory does not know',
  );
  readonly #unknownActors = counter(
    'auditorium.enrichment.unknown_actor',
    'Events of actors it does not know',
  );
  readonly #gaps = counter('auditorium.enrichment.replay_gap', 'Messages behind a gap seen while resuming');
  readonly #foreign = counter('auditorium.enrichment.foreign', 'Messages in enriched that are no verdict');
  readonly #saveFailures = counter(
    'auditorium.enrichment.save_failures',
    'Positions that could not be saved',
  );
  readonly #lag = gauge('auditorium.enrichment.lag', 'Raw records behind the end of the log, by partition');
  readonly #namedOrgs = new Set<string>();
  #counts = new Map<string, number>();
  #unknown = { orgs: 0, actors: 0 };

  constructor(log: Logger, directory: Directory) {
    this.#log = log;
    this.#directory = directory;
  }

  /** A verdict was decided; counted with its batch. */
  decided({ verdict, code, checked, rawOffset }: Decision, at: { partition: number; rawFrom: number }): void {
    if (code === 'batch-unreadable')
      this.#log.warn({ ...at, rawOffset }, 'a record batch of raw cannot be read: rejected as a whole');
    const name = code ?? verdict;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    if (checked === undefined) return;
    if (this.#directory.org(checked.org) === undefined) this.#unknownOrg(checked.org);
    const { org, actorType, actorId } = checked;
    if (this.#directory.actor(org, actorType, actorId) === undefined) this.#unknown.actors += 1;
  }

  /** A batch is through. */
  batchDone(partition: number, behind: number): void {
    for (const [name, count] of this.#counts) {
      const verdict = name === 'accepted' || name === 'repeat' ? name : 'rejected';
      this.#verdicts.add(count, verdict === 'rejected' ? { verdict, code: name } : { verdict });
    }
    this.#unknownOrgs.add(this.#unknown.orgs);
    this.#unknownActors.add(this.#unknown.actors);
    this.#counts = new Map();
    this.#unknown = { orgs: 0, actors: 0 };
    this.#lag.record(behind, { partition });
    this.failures.done(partition);
  }

  /** A message met while resuming that changed nothing. Repeats are our own and expected. */
  replayed(partition: number, outcome: 'repeat' | 'gap' | 'foreign', offset: number): void {
    if (outcome === 'repeat') return;
    if (outcome === 'gap') this.#gaps.add(1, { partition });
    else this.#foreign.add(1, { partition });
    this.#log.error(
      { partition, offset, outcome },
      'enriched holds a message that does not follow the one before',
    );
  }

  saveFailed(partition: number, err: unknown): void {
    this.#saveFailures.add(1, { partition });
    this.#log.warn({ partition, err }, 'the position could not be saved; a restart will replay more');
  }

  #unknownOrg(org: string): void {
    this.#unknown.orgs += 1;
    if (this.#namedOrgs.has(org) || this.#namedOrgs.size >= NAMED_ORGS) return;
    this.#namedOrgs.add(org);
    this.#log.warn({ org }, 'events of an org that the directory does not know: accepted without its name');
  }
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { AuditoriumError } from '@auditorium/events';
import type { ImportedEvent } from '@auditorium/sdk';
import { createImporterProducer } from '@auditorium/sdk';
import type { ImportFormat } from './importers/formats.ts';
import type { ImportReport } from './import-report.ts';
import { emptyReport } from './import-report.ts';
import { importOutbox, importRecords } from './import-records.ts';
import type { KafkaTarget } from './kafka-target.ts';

/** Events sent at once: enough to be quick, little enough to be held. */
const BATCH_EVENTS = 500;
const BATCH_BYTES = 2_000_000;

/** What an import of a file needs. */
export interface ImportFileOptions {
  readonly path: string;
  readonly format: ImportFormat;
  readonly target: KafkaTarget;
  readonly now: number;
  readonly onProgress: (report: ImportReport) => void;
}

/**
 * Imports one file; what it holds decides about every id and number, so importing it again changes nothing.
 *
 * The file is read twice: first its digest, which names the outbox, then its records. Killed in between, or in the middle,
 * it leaves the events that were acknowledged; the next import repeats them and sends the rest.
 *
 * @throws AuditoriumError `invalid-request` when there is no such file, `event-invalid` when it is damaged, `conflict` when
 * it changes while it is read
 */
export async function importFile(options: ImportFileOptions): Promise<ImportReport> {
  const { path, format, target, now, onProgress } = options;
  const digest = await digestOf(path);
  const report = emptyReport();
  const outbox = importOutbox(target.org, format, digest);
  const producer = createImporterProducer({ ...target, outbox });
  const again = createHash('sha256');
  const events = importRecords(unpacked(path, again), { format, org: target.org, now, report });
  for await (const batch of batchesOf(events)) {
    await producer.sendEvents(batch);
    onProgress(report);
  }
  if (!again.digest().equals(digest)) {
    const message = `${path} was changed while it was read; import it again`;
    throw new AuditoriumError('conflict', message);
  }
  return report;
}

async function digestOf(path: string): Promise<Buffer> {
  await requireFile(path);
  const hash = createHash('sha256');
  for await (const chunk of unpacked(path)) hash.update(chunk);
  return hash.digest();
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  throw new AuditoriumError(
    'invalid-request',
    `${path} ${found === undefined ? 'does not exist' : 'is no file'}`,
  );
}

const GZIP = Buffer.from([0x1f, 0x8b]);

/** The file's bytes, unpacked where they are gzip: told by its first bytes, not by its name. */
async function* unpacked(path: string, hash?: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  const source = createReadStream(path);
  const stream = (await isGzip(path)) ? source.pipe(createGunzip()) : source;
  source.on('error', (error) => stream.destroy(error));
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash?.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    throw new AuditoriumError('event-invalid', `${path} cannot be read to its end`, { cause });
  } finally {
    source.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.equals(GZIP);
  } finally {
    await file.close();
  }
}

async function* batchesOf(events: AsyncIterable<ImportedEvent>): AsyncGenerator<ImportedEvent[]> {
  let batch: ImportedEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    batch.push(event);
    bytes += event.line.length;
    if (batch.length < BATCH_EVENTS && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

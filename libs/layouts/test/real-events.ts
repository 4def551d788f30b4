import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { emptyReport, IMPORT_FORMATS, importRecords } from '@auditorium/cli';
import { spliceAttributes } from '@auditorium/events';

const recorded = new URL('../../../../shared/data/', import.meta.url);
const samples = new URL('../../cli/test/samples/', import.meta.url);
const NOW = Date.parse('2026-11-01T00:00:00Z');

/** Whether the recorded data lies beside the repository; a few samples are always there. */
export const hasRecordedData = existsSync(recorded);

/** Every event that the importers make of real data, as enrichment puts it into the ledger. */
export async function realEvents(): Promise<Buffer[]> {
  const lines: Buffer[] = [];
  for (const format of IMPORT_FORMATS) {
    for (const file of filesOf(format.name)) {
      const options = { format, org: 'org_acme', now: NOW, report: emptyReport() };
      for await (const { line } of importRecords(chunksOf(file), options))
        lines.push(enriched(line, lines.length));
    }
  }
  return lines;
}

function filesOf(format: string): URL[] {
  const own = readdirSync(samples).filter((name) => name.startsWith(`${format}.`));
  const folder = new URL(`${format}/`, recorded);
  const names = hasRecordedData ? readdirSync(folder).filter((name) => /\.(?:json|csv)$/.test(name)) : [];
  return [...own.map((name) => new URL(name, samples)), ...names.map((name) => new URL(name, folder))];
}

async function* chunksOf(file: URL): AsyncGenerator<Buffer> {
  yield readFileSync(file);
}

/** Every third actor is one that the directory does not know. */
export function enriched(line: Buffer, n: number): Buffer {
  const actor = n % 3 === 0 ? '' : `,"actorversion":${n % 5},"actorroles":["Admin"]`;
  const org = '"acceptedtime":"2026-11-01T00:00:00.042Z","orgname":"Acme","orgslug":"acme"';
  return spliceAttributes(line, Buffer.from(`${org}${actor}`));
}

/** Lines one after another, as a layout takes them. */
export const joined = (lines: readonly Buffer[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));

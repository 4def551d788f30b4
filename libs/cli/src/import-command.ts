import { basename } from 'node:path';
import { AuditoriumError } from '@auditorium/events';
import type { Command } from 'commander';
import { importFile } from './import-file.ts';
import { IMPORT_FORMATS, type ImportFormat } from './importers/formats.ts';
import type { ImportReport } from './import-report.ts';
import { addReport, emptyReport, skippedIn } from './import-report.ts';
import type { KafkaTarget } from './kafka-target.ts';
import { withKafka } from './kafka-target.ts';
import type { Terminal } from './terminal.ts';
import { apiOf, connectionOf } from './terminal.ts';
import { plain } from './text-table.ts';

interface ImportFlags {
  readonly org: string;
  readonly json?: boolean;
}

/** `auditorium import <source> <files…>` */
export function addImportCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('import')
    .description('import what another system recorded; importing the same again changes nothing')
    .addHelpText('after', EXAMPLES);
  for (const format of IMPORT_FORMATS) {
    command
      .command(`${format.name} <files...>`)
      .description(format.title)
      .requiredOption('--org <slug or id>', 'the organisation that the events belong to')
      .option('--json', 'print the counts as one JSON object')
      .action(async (files: string[], flags: ImportFlags, own: Command) =>
        runImport(own, terminal, format, files, flags),
      );
  }
}

const EXAMPLES = `
Examples:
  auditorium import cloudtrail trail/*.json.gz --org acme
  auditorium import google-workspace activities.json --org acme --json

Exit code 0 when every record became an event, 1 when something was skipped or failed; what and why is printed.`;

async function runImport(
  command: Command,
  terminal: Terminal,
  format: ImportFormat,
  files: readonly string[],
  { org, json }: ImportFlags,
): Promise<void> {
  const total = await withKafka(connectionOf(command, terminal), apiOf(command, terminal), org, (target) =>
    importFiles(terminal, format, files, target),
  );
  terminal.progress('');
  terminal.out(json ? JSON.stringify(asJson(total)) : asText(total));
  if (skippedIn(total) > 0) process.exitCode = 1;
}

async function importFiles(
  terminal: Terminal,
  format: ImportFormat,
  files: readonly string[],
  target: KafkaTarget,
): Promise<ImportReport> {
  const total = emptyReport();
  for (const path of files) {
    const name = basename(path);
    const onProgress = ({ read, emitted }: ImportReport): void =>
      terminal.progress(`${name}: read ${read}, emitted ${emitted}`);
    const report = await importFile({ path, format, target, now: terminal.now(), onProgress }).catch(
      (error: unknown) => {
        terminal.progress('');
        throw told(error, path, total);
      },
    );
    terminal.progress('');
    terminal.err(`${name}: read ${report.read}, emitted ${report.emitted}, skipped ${skippedIn(report)}`);
    addReport(total, report, name);
  }
  return total;
}

/** What was imported stays imported; the person should know how far it got. */
function told(cause: unknown, path: string, total: ImportReport): AuditoriumError {
  const message = `${path} was not imported to its end (files before it: ${total.emitted} events). Run the same again: what is there already stays once`;
  const code = cause instanceof AuditoriumError ? cause.code : 'internal';
  return new AuditoriumError(code, message, { cause });
}

function asText(report: ImportReport): string {
  const skipped = skippedIn(report);
  const lines = [
    `Read ${report.read} records, emitted ${report.emitted} events, skipped ${skipped === 0 ? 'none' : skipped}.`,
  ];
  for (const [reason, { count, first }] of report.skipped) {
    lines.push(`  skipped ${count}: ${plain(reason)} (first: ${plain(first)})`);
  }
  if (report.notes.size > 0)
    lines.push('Not mapped (each event keeps the whole record in data.metadata.record):');
  for (const [text, count] of report.notes) lines.push(`  ${count} × ${plain(text)}`);
  return lines.join('\n');
}

function asJson(report: ImportReport): object {
  const skipped = [...report.skipped].map(([reason, { count, first }]) => ({ reason, count, first }));
  return { read: report.read, emitted: report.emitted, skipped, notes: Object.fromEntries(report.notes) };
}

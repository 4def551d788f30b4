import { actionName } from './action-name.ts';
import { bucketTarget } from './cloudtrail.ts';
import { readPythonLiteral } from './python-literal.ts';
import type { MappedEvent, Mapping, SourceRecord, Unmappable } from './source-record.ts';
import { objectOf, stringOf } from './source-record.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Alerts on access to an S3 bucket as CSV, one row an event. Column names are compared without case, spaces and
 * punctuation, because exports differ in them. Identity and parameters are text as Python prints a dictionary; text that
 * only looks like it stays what it is, a string.
 */
export function mapS3Access({ value }: SourceRecord): Mapping | Unmappable {
  const column = columnsOf(value);
  const name = column('eventname');
  const time = column('eventdatetime') ?? column('eventtime');
  if (name === undefined) return { reason: 'no access record: the column "Event Name" is missing or empty' };
  if (time === undefined) return { reason: 'no time: the column "Event DateTime" is missing or empty' };
  const notes = ['no outcome: the source does not say how the request ended, so it counts as a success'];
  const event: MappedEvent = {
    ownId: column('eventid') ?? '',
    source: 'aws/s3-access',
    action: actionName('s3', name),
    time,
    actor: actorOf(column('userid'), notes),
    targets: [targetOf(column('requestparameters'), notes)],
    outcome: 'success',
    context: contextOf(column),
  };
  return { events: [event], notes };
}

type Columns = (name: string) => string | undefined;

function columnsOf(row: Fields): Columns {
  const byName = new Map(
    Object.entries(row).map(([name, cell]) => [name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''), cell]),
  );
  return (name) => stringOf(byName.get(name));
}

function actorOf(text: string | undefined, notes: string[]): MappedEvent['actor'] {
  const identity = objectOf(readPythonLiteral(text ?? ''));
  const id = ['arn', 'principalId', 'accountId', 'userName']
    .map((name) => stringOf(identity[name]))
    .find(Boolean);
  const type = stringOf(identity['type']);
  if (type === 'AWSAccount' && id === 'ANONYMOUS_PRINCIPAL') return { type: 'anonymous', id: 'anonymous' };
  if (id === undefined) notes.push('no actor: "User ID" names nobody that can be read');
  return { type: type === 'AWSAccount' ? 'aws-account' : (type ?? 'unknown'), id: id ?? 'unknown' };
}

function targetOf(text: string | undefined, notes: string[]): MappedEvent['targets'][number] {
  const parameters = objectOf(readPythonLiteral(text ?? ''));
  const bucket = stringOf(parameters['bucketName']);
  if (bucket !== undefined) return bucketTarget(bucket, stringOf(parameters['key']));
  notes.push('no target: "Request Parameters" names no bucket that can be read');
  return { type: 's3-bucket', id: 'unknown' };
}

function contextOf(column: Columns): MappedEvent['context'] {
  const ip = column('sourceip');
  const userAgent = column('requestuseragent') ?? column('useragent');
  const requestId = column('requestid');
  return { ...(ip && { ip }), ...(userAgent && { userAgent }), ...(requestId && { requestId }) };
}

import { actionName } from './action-name.ts';
import type { MappedEvent, Mapping, SourceRecord, Unmappable } from './source-record.ts';
import { objectOf, objectsOf, stringOf } from './source-record.ts';

type Fields = Readonly<Record<string, unknown>>;
type Target = MappedEvent['targets'][number];

/**
 * AWS CloudTrail: one record is one event.
 * Fields: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export function mapCloudTrail({ value }: SourceRecord): Mapping | Unmappable {
  const name = stringOf(value['eventName']);
  const service = stringOf(value['eventSource']);
  const time = stringOf(value['eventTime']) ?? stringOf(value['@timestamp']);
  if (name === undefined || service === undefined)
    return { reason: 'no CloudTrail record: eventName or eventSource is missing' };
  if (time === undefined) return { reason: 'no time: neither eventTime nor @timestamp' };
  const notes: string[] = [];
  const event: MappedEvent = {
    ownId: stringOf(value['eventID']) ?? noted(notes, 'no eventID: the id is made from the record alone', ''),
    source: `aws/cloudtrail/${stringOf(value['recipientAccountId']) ?? 'unknown'}`,
    action: actionName(service.replace(/\.amazonaws\.com$/, ''), name),
    time,
    actor: actorOf(objectOf(value['userIdentity']), notes),
    targets: targetsOf(value, service, notes),
    outcome: outcomeOf(value),
    context: contextOf(value),
  };
  return { events: [event], notes };
}

function noted<T>(notes: string[], note: string, value: T): T {
  notes.push(note);
  return value;
}

/** How CloudTrail's kinds of identity are called as types of actors; any other keeps its name. */
const ACTOR_TYPES: Readonly<Record<string, string>> = {
  IAMUser: 'iam-user',
  AssumedRole: 'assumed-role',
  Root: 'root',
  AWSService: 'aws-service',
  AWSAccount: 'aws-account',
  FederatedUser: 'federated-user',
  WebIdentityUser: 'web-identity-user',
  SAMLUser: 'saml-user',
  IdentityCenterUser: 'identity-center-user',
};

/** The most exact name first: an ARN says account and path, a service has nothing but its own name. */
const ACTOR_IDS = ['arn', 'invokedBy', 'principalId', 'accountId', 'userName', 'identityProvider', 'type'];

function actorOf(identity: Fields, notes: string[]): MappedEvent['actor'] {
  const kind = stringOf(identity['type']) ?? 'unknown';
  const id = ACTOR_IDS.map((field) => stringOf(identity[field])).find((found) => found !== undefined);
  return {
    type: ACTOR_TYPES[kind] ?? kind,
    id: id ?? noted(notes, 'no actor: userIdentity names nobody', 'unknown'),
  };
}

function targetsOf(record: Fields, service: string, notes: string[]): Target[] {
  const listed = objectsOf(record['resources']).flatMap(resourceTarget);
  if (listed.length > 0) return listed;
  const named = parameterTargets(objectOf(record['requestParameters']));
  if (named.length > 0) return named;
  const account = stringOf(record['recipientAccountId']);
  notes.push('no target of its own: the account or the service stands for it');
  return [
    account === undefined ? { type: 'aws-service', id: service } : { type: 'aws-account', id: account },
  ];
}

function resourceTarget(resource: Fields): Target[] {
  const id =
    stringOf(resource['ARN']) ?? stringOf(resource['ARNPrefix']) ?? stringOf(resource['resourceName']);
  const type = stringOf(resource['type']) ?? stringOf(resource['resourceType']) ?? 'aws-resource';
  return id === undefined ? [] : [{ type, id }];
}

/** Names of request parameters that say what was asked about; several may be given at once. */
const TARGET_PARAMETER = /^(?<type>[a-z][A-Za-z0-9]*?)(?:Id|Arn|Name)$/;

function parameterTargets(parameters: Fields): Target[] {
  const bucket = stringOf(parameters['bucketName']);
  if (bucket !== undefined) return [bucketTarget(bucket, stringOf(parameters['key']))];
  const instances = objectsOf(objectOf(parameters['instancesSet'])['items']).flatMap((item) => {
    const id = stringOf(item['instanceId']);
    return id === undefined ? [] : [{ type: 'instance', id }];
  });
  if (instances.length > 0) return instances;
  return Object.entries(parameters).flatMap(([name, value]) => {
    const type = TARGET_PARAMETER.exec(name)?.groups?.['type'];
    const id = stringOf(value);
    return type === undefined || id === undefined || /session/i.test(type) ? [] : [{ type, id }];
  });
}

/** A bucket, or an object in one: `type/id` of the subject then reads like its address. */
export function bucketTarget(bucket: string, key: string | undefined): Target {
  return key === undefined
    ? { type: 's3-bucket', id: bucket }
    : { type: 's3-object', id: `${bucket}/${key}` };
}

const DENIED =
  /AccessDenied|Unauthorized|Forbidden|NotAuthorized|AuthFailure|InvalidClientTokenId|SignatureDoesNotMatch/i;

function outcomeOf(record: Fields): MappedEvent['outcome'] {
  const code = stringOf(record['errorCode']);
  if (code !== undefined) return DENIED.test(code) ? 'denied' : 'failure';
  // A refused sign-in to the AWS console carries no errorCode but says so in its answer.
  const signIn = stringOf(objectOf(record['responseElements'])['ConsoleLogin']);
  return signIn === 'Failure' || stringOf(record['errorMessage']) !== undefined ? 'failure' : 'success';
}

function contextOf(record: Fields): MappedEvent['context'] {
  const ip = stringOf(record['sourceIPAddress']);
  const userAgent = stringOf(record['userAgent']);
  const requestId = stringOf(record['requestID']);
  return { ...(ip && { ip }), ...(userAgent && { userAgent }), ...(requestId && { requestId }) };
}

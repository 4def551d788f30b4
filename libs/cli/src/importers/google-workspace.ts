import { actionName } from './action-name.ts';
import type { MappedEvent, Mapping, SourceRecord, Unmappable } from './source-record.ts';
import { objectOf, objectsOf, stringOf } from './source-record.ts';

type Fields = Readonly<Record<string, unknown>>;
type Target = MappedEvent['targets'][number];

/**
 * Google Workspace, Admin SDK Reports API: an activity holds one or more events, and each is one of ours. Every one of
 * them keeps the whole activity, so that what its siblings say is not lost.
 * Fields: https://developers.google.com/admin-sdk/reports/reference/rest/v1/activities/list#activity
 */
export function mapGoogleWorkspace({ value: activity, text }: SourceRecord): Mapping | Unmappable {
  const id = objectOf(activity['id']);
  const time = stringOf(id['time']);
  const events = objectsOf(activity['events']);
  if (time === undefined) return { reason: 'no activity: id.time is missing' };
  if (events.length === 0) return { reason: 'the activity has no events' };
  const notes: string[] = [];
  const application = stringOf(id['applicationName']) ?? 'unknown';
  const shared = {
    ownId: [time, id['uniqueQualifier'], application, id['customerId']]
      .map((part) => stringOf(part) ?? '')
      .join(' '),
    source: `google-workspace/${application}`,
    time,
    actor: actorOf(objectOf(activity['actor']), notes),
    context: contextOf(activity),
  };
  return {
    events: events.map((event) => ({
      ...shared,
      ...eventOf(event, { application, id, actor: shared.actor }, notes),
    })),
    notes,
    partOf: (place) => withoutSiblings(activity, events[place], text),
  };
}

/** The activity with one of its events: together the parts lose nothing. Not where rewriting would change a number. */
function withoutSiblings(activity: Fields, event: Fields | undefined, text: string): string | undefined {
  if (event === undefined || JSON.stringify(activity) !== text) return undefined;
  return JSON.stringify({ ...activity, events: [event] });
}

/** Applications whose events are about the actor's own account unless they name another. */
const OWN_ACCOUNT = new Set(['login', 'user_accounts']);

function eventOf(
  event: Fields,
  { application, id, actor }: { application: string; id: Fields; actor: MappedEvent['actor'] },
  notes: string[],
): Pick<MappedEvent, 'action' | 'targets' | 'outcome' | 'before' | 'after'> {
  const name = stringOf(event['name']) ?? stringOf(event['type']) ?? 'unknown';
  const parameters = parametersOf(event);
  const named = targetsOf(parameters);
  // Who signs in or changes a password does it to the own account.
  const own = OWN_ACCOUNT.has(application) && actor.type === 'user' ? [actor] : [];
  const targets = named.length > 0 ? named : own;
  if (targets.length === 0) notes.push('no target of its own: the Workspace customer stands for it');
  return {
    action: actionName(application, name),
    targets: targets.length > 0 ? targets : [customerOf(id)],
    outcome: outcomeOf(name, parameters),
    ...changeOf(parameters),
  };
}

function actorOf(actor: Fields, notes: string[]): MappedEvent['actor'] {
  const profile = stringOf(actor['profileId']) ?? stringOf(actor['email']);
  if (profile !== undefined) return { type: 'user', id: profile };
  const key = stringOf(actor['key']);
  if (key !== undefined) return { type: 'key', id: key };
  notes.push('no actor: the activity names nobody');
  return { type: (stringOf(actor['callerType']) ?? 'unknown').toLowerCase(), id: 'unknown' };
}

function contextOf(activity: Fields): MappedEvent['context'] {
  const ip = stringOf(activity['ipAddress']);
  return ip === undefined ? {} : { ip };
}

function customerOf(id: Fields): Target {
  return { type: 'google-workspace-customer', id: stringOf(id['customerId']) ?? 'unknown' };
}

/** A parameter's value in whichever of its forms it came: Google has one member for each type. */
function parametersOf(event: Fields): Map<string, unknown> {
  const forms = [
    'value',
    'multiValue',
    'intValue',
    'multiIntValue',
    'boolValue',
    'messageValue',
    'multiMessageValue',
  ];
  return new Map(
    objectsOf(event['parameters']).flatMap((parameter) => {
      const name = stringOf(parameter['name']);
      const form = forms.find((candidate) => parameter[candidate] !== undefined);
      return name === undefined || form === undefined ? [] : [[name.toLowerCase(), parameter[form]] as const];
    }),
  );
}

/** Which parameter names a target, of which type, and where its name is. The first that is there is the subject. */
const TARGET_PARAMETERS: readonly (readonly [parameter: string, type: string, name?: string])[] = [
  ['doc_id', 'drive-item', 'doc_title'],
  ['calendar_id', 'calendar'],
  ['user_email', 'user'],
  ['target_user', 'user'],
  ['affected_email_address', 'user'],
  ['group_email', 'group'],
  ['group_id', 'group'],
  ['member_id', 'user'],
  ['user_id', 'user'],
  ['email_forwarding_destination_address', 'email-address'],
  ['api_client_name', 'api-client'],
  ['alert_id', 'alert'],
  ['role_id', 'role', 'role_name'],
  ['application_name', 'application'],
  ['investigation_data_source', 'investigation-data-source'],
  ['product_name', 'product'],
];

function targetsOf(parameters: Map<string, unknown>): Target[] {
  return TARGET_PARAMETERS.flatMap(([parameter, type, nameParameter]) => {
    const id = stringOf(parameters.get(parameter));
    const name = nameParameter === undefined ? undefined : stringOf(parameters.get(nameParameter));
    return id === undefined ? [] : [{ type, id, ...(name !== undefined && { name }) }];
  });
}

function outcomeOf(name: string, parameters: Map<string, unknown>): MappedEvent['outcome'] {
  if (/(^|_)(denied|blocked|rejected)($|_)/i.test(name)) return 'denied';
  if (/(^|_)(failure|failed)($|_)/i.test(name)) return 'failure';
  return /fail|incorrect/i.test(stringOf(parameters.get('login_challenge_status')) ?? '')
    ? 'failure'
    : 'success';
}

function changeOf(parameters: Map<string, unknown>): { before?: unknown; after?: unknown } {
  const before = parameters.get('old_value');
  const after = parameters.get('new_value');
  return {
    ...(before !== undefined && { before: { value: before } }),
    ...(after !== undefined && { after: { value: after } }),
  };
}

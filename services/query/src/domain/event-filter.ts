/** What a reader of the log asks for. `*` stands for any characters in actor, action and target. */
export interface EventFilter {
  /** Half-open range of the event's own time, RFC 3339. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `type/id`, or the id alone. */
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** `type/id`, or the id alone; any target of the event. */
  readonly target?: string | undefined;
  readonly outcome?: string | undefined;
  /** Words that all occur somewhere in action, actor, targets, outcome or source. */
  readonly text?: string | undefined;
}

/** A condition in SQL with its parameters; `$1` stands for the first of its own. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** Most words of a free text that are looked for. */
const MOST_WORDS = 10;

/**
 * The conditions of a filter. Equality and ranges only where an index is to help: under row-level security PostgreSQL uses
 * an index only for operators that cannot leak what they saw, and LIKE is none.
 */
export function conditionsOf(filter: EventFilter): Condition[] {
  const conditions: Condition[] = [];
  const add = (sql: string, ...values: unknown[]): void => void conditions.push({ sql, values });
  // The second condition lets whole months be left out: nothing is accepted whose time lies more than a day ahead.
  if (filter.from)
    add(`time >= $1::timestamptz AND acceptedtime >= $1::timestamptz - interval '25 hours'`, filter.from);
  if (filter.to) add('time < $1::timestamptz', filter.to);
  if (filter.outcome) add('outcome = $1', filter.outcome);
  if (filter.action) conditions.push(actionCondition(filter.action));
  if (filter.actor) conditions.push(actorCondition(filter.actor));
  if (filter.target) conditions.push(targetCondition(filter.target));
  for (const word of wordsOf(filter.text ?? '')) add(`search LIKE $1`, `%${escapeLike(word)}%`);
  return conditions;
}

function actionCondition(action: string): Condition {
  if (!action.includes('*')) return { sql: 'type = $1', values: [action] };
  const prefix = action.slice(0, action.indexOf('*'));
  // The prefix as a range as well, which an index can serve; no character of an action sorts after ~.
  return { sql: 'type >= $1 AND type < $2 AND type LIKE $3', values: [prefix, `${prefix}~`, globOf(action)] };
}

/** An id may hold slashes, so `a/b` is the actor b of type a, or the actor a/b of any type. */
function actorCondition(actor: string): Condition {
  if (actor.includes('*'))
    return { sql: `(actor_id LIKE $1 OR actor_type || '/' || actor_id LIKE $1)`, values: [globOf(actor)] };
  const slash = actor.indexOf('/');
  if (slash < 0) return { sql: 'actor_id = $1', values: [actor] };
  const [type, id] = [actor.slice(0, slash), actor.slice(slash + 1)];
  return {
    sql: 'actor_id = ANY (ARRAY[$1, $2]) AND (actor_id = $1 OR actor_type = $3)',
    values: [actor, id, type],
  };
}

function targetCondition(target: string): Condition {
  const [operator, value] = target.includes('*') ? ['LIKE', globOf(target)] : ['=', target];
  const id = `substr(target, strpos(target, '/') + 1)`;
  return {
    sql: `EXISTS (SELECT FROM unnest(targets) AS target WHERE target ${operator} $1 OR ${id} ${operator} $1)`,
    values: [value],
  };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
}

function globOf(pattern: string): string {
  return pattern.split('*').map(escapeLike).join('%');
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

import { wordsOf } from './words.ts';

/** What an action does, as far as its name tells. */
export type ActionKind =
  | 'create'
  | 'read'
  | 'update'
  | 'delete'
  | 'login'
  | 'logout'
  | 'signup'
  | 'invite'
  | 'grant'
  | 'revoke'
  | 'other';

/** Words of the verb, the part of an action behind its last dot; the first kind that has one of them is taken. */
const KINDS: readonly (readonly [ActionKind, string])[] = [
  ['signup', 'signup registered register'],
  ['login', 'login signin'],
  ['logout', 'logout signout'],
  ['invite', 'invited invite'],
  ['grant', 'granted grant authorized authorize assigned assign shared share'],
  ['revoke', 'revoked revoke unassigned unassign unauthorized unshared unshare'],
  ['delete', 'deleted delete removed remove erased erase purged purge destroyed trashed trash terminate'],
  ['create', 'created create added add new inserted insert uploaded upload cloned copied'],
  [
    'update',
    `updated update changed change renamed rename modified modify edited edit configured configure set moved move toggled
    enabled enable disabled disable paused pause resumed resume put replaced rotated rotate reset attach detach`,
  ],
  [
    'read',
    'read get list listed describe described view viewed download downloaded head lookup search query export exported',
  ],
];
const KIND_OF_WORD = new Map(
  KINDS.flatMap(([kind, words]) => words.split(/\s+/).map((word) => [word, kind] as const)),
);
/** Two words that mean one thing. */
const JOINED: Readonly<Record<string, string>> = {
  'sign up': 'signup',
  'signed up': 'signup',
  'sign in': 'login',
  'signed in': 'login',
  'logged in': 'login',
  'log in': 'login',
  'sign out': 'logout',
  'signed out': 'logout',
  'logged out': 'logout',
  'log out': 'logout',
};

/** `api-key.created` → `create`, `member.admin-granted` → `grant`, `login.login-success` → `login`. */
export function actionKind(type: string): ActionKind {
  const parts = type.split('.');
  const verb = wordsOf(parts.at(-1) ?? '').join(' ');
  const joined = Object.entries(JOINED).find(([words]) => ` ${verb} `.includes(` ${words} `))?.[1];
  if (joined !== undefined) return KIND_OF_WORD.get(joined) ?? 'other';
  if (parts[0] === 'session' && verb === 'started') return 'login';
  if (parts[0] === 'session' && verb === 'ended') return 'logout';
  const found = verb.split(' ').flatMap((word) => KIND_OF_WORD.get(word) ?? []);
  return KINDS.find(([kind]) => found.includes(kind))?.[0] ?? 'other';
}

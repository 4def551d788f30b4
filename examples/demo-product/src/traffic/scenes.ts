import type { Integration, Member, OnPremisesKey, Project } from '../entities.ts';

/** What the made-up people see of their organisation before they do something. */
export interface Scenery {
  readonly org: string;
  readonly members: readonly Member[];
  readonly projects: readonly Project[];
  readonly integrations: readonly Integration[];
  readonly keys: readonly OnPremisesKey[];
}

/** A request that somebody makes. */
export interface Deed {
  readonly user: string;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** Picks one of several by a number in [0, 1) that the caller draws. */
export type Pick = <T>(from: readonly T[]) => T | undefined;

const PROJECTS = [
  'Checkout',
  'Billing',
  'Storefront',
  'Partner portal',
  'Loyalty',
  'Returns',
  'Inventory',
  'Pricing',
];
const INTEGRATIONS = ['orders-api', 'invoices-sync', 'crm-bridge', 'stock-feed', 'mail-relay', 'tax-service'];
const NAMES = ['Iris Blom', 'Tom Reyes', 'Yuki Mori', 'Omar Said', 'Eva Lund', 'Paul Weiss'];
const REGIONS = ['eu-central', 'us-east', 'ap-south'];
const ENVIRONMENTS = ['development', 'staging', 'production'];
/** Beyond these something is removed before more is made: the demo runs for days. */
const MOST = { projects: 8, integrations: 14, members: 9, keys: 4 };

type Scene = (scenery: Scenery, pick: Pick) => Omit<Deed, 'user'> | undefined;

const createProject: Scene = ({ projects }, pick) => {
  const free = PROJECTS.filter((name) => !projects.some((project) => project.name.startsWith(name)));
  const name = pick(free);
  if (name === undefined || projects.length >= MOST.projects) return undefined;
  return { method: 'POST', path: 'projects', body: { name, region: pick(REGIONS) } };
};

const renameProject: Scene = ({ projects }, pick) => {
  const project = pick(projects);
  if (project === undefined) return undefined;
  const base = project.name.replace(/ (v\d|next|classic)$/, '');
  const name = `${base} ${pick(['v2', 'v3', 'next', 'classic'])}`;
  return { method: 'PATCH', path: `projects/${project.id}`, body: { name } };
};

const moveProject: Scene = ({ projects }, pick) => {
  const project = pick(projects);
  return project && { method: 'PATCH', path: `projects/${project.id}`, body: { region: pick(REGIONS) } };
};

const deleteProject: Scene = ({ projects }, pick) => {
  const project = projects.length > MOST.projects / 2 ? pick(projects) : undefined;
  return project && { method: 'DELETE', path: `projects/${project.id}` };
};

const createIntegration: Scene = ({ projects, integrations }, pick) => {
  const project = pick(projects);
  if (project === undefined || integrations.length >= MOST.integrations) return undefined;
  const name = pick(INTEGRATIONS) ?? '';
  const body = { name, endpoint: `https://${name}.internal.example/v1` };
  return { method: 'POST', path: `projects/${project.id}/integrations`, body };
};

const raiseVersion: Scene = ({ integrations }, pick) => {
  const integration = pick(integrations);
  if (integration === undefined) return undefined;
  const [major = 1, minor = 0] = integration.version.split('.').map(Number);
  const body = { version: `${major}.${minor + 1}.0` };
  return { method: 'PATCH', path: `integrations/${integration.id}`, body };
};

const changeEndpoint: Scene = ({ integrations }, pick) => {
  const integration = pick(integrations);
  if (integration === undefined) return undefined;
  const endpoint = pick([
    `https://${integration.name}.internal.example/v2`,
    `https://${integration.name}.edge.example/v1`,
    'http://not-allowed.example',
  ]);
  return { method: 'PATCH', path: `integrations/${integration.id}`, body: { endpoint } };
};

const changeAccess: Scene = ({ integrations }, pick) => {
  const integration = pick(integrations);
  const accessMode = pick(['private', 'organisation', 'public']);
  return integration && { method: 'PATCH', path: `integrations/${integration.id}`, body: { accessMode } };
};

const toggleAutoDeploy: Scene = ({ integrations }, pick) => {
  const integration = pick(integrations);
  if (integration === undefined) return undefined;
  return {
    method: 'PATCH',
    path: `integrations/${integration.id}`,
    body: { autoDeploy: !integration.autoDeploy },
  };
};

const onEnvironment =
  (verb: 'deploy' | 'undeploy' | 'promote'): Scene =>
  ({ integrations }, pick) => {
    const integration = pick(integrations);
    if (integration === undefined) return undefined;
    // Mostly where it makes sense, now and then not: then the product refuses, and that is an event as well.
    const sensible = verb === 'deploy' ? ENVIRONMENTS : integration.environments;
    const environment = pick(sensible.length > 0 ? sensible : ENVIRONMENTS);
    return { method: 'POST', path: `integrations/${integration.id}/${verb}`, body: { environment } };
  };

const invite: Scene = ({ org, members }, pick) => {
  const name = pick(NAMES);
  if (name === undefined || members.length >= MOST.members) return undefined;
  const email = `${name.toLowerCase().replace(' ', '.')}@${org.replace(/^org_/, '').replaceAll('_', '-')}.example`;
  return { method: 'POST', path: 'members', body: { name, email, role: pick(['viewer', 'developer']) } };
};

const invited = ({ members }: Scenery): Member[] => members.filter(({ name }) => NAMES.includes(name));

const changeRole: Scene = (scenery, pick) => {
  const member = pick(invited(scenery));
  return (
    member && {
      method: 'PATCH',
      path: `members/${member.user}`,
      body: { role: pick(['viewer', 'developer']) },
    }
  );
};

const removeMember: Scene = (scenery, pick) => {
  const member = scenery.members.length > MOST.members - 3 ? pick(invited(scenery)) : undefined;
  return member && { method: 'DELETE', path: `members/${member.user}` };
};

const createKey: Scene = ({ keys }, pick) =>
  keys.length >= MOST.keys
    ? undefined
    : {
        method: 'POST',
        path: 'keys',
        body: { name: `${pick(['Plant', 'Store', 'Lab'])} ${pick(['1', '2', '3'])}` },
      };

const revokeKey: Scene = ({ keys }, pick) => {
  const key = keys.length > 1 ? pick(keys) : undefined;
  return key && { method: 'DELETE', path: `keys/${key.id}` };
};

/** Scenes by how often they are played: what people do all day comes up more often. */
const SCENES: readonly (readonly [times: number, scene: Scene])[] = [
  [3, createProject],
  [2, renameProject],
  [1, moveProject],
  [1, deleteProject],
  [4, createIntegration],
  [6, raiseVersion],
  [2, changeEndpoint],
  [1, changeAccess],
  [2, toggleAutoDeploy],
  [9, onEnvironment('deploy')],
  [2, onEnvironment('undeploy')],
  [3, onEnvironment('promote')],
  [1, invite],
  [1, changeRole],
  [1, removeMember],
  [1, createKey],
  [1, revokeKey],
];
const HAT = SCENES.flatMap(([times, scene]) => Array.from({ length: times }, () => scene));
/** Tries for a scene that is possible as things are. */
const TRIES = 10;

/** What somebody of the organisation does next; undefined when nobody can think of anything. */
export function nextDeed(scenery: Scenery, pick: Pick): Deed | undefined {
  const member = pick(scenery.members);
  for (let tries = 0; member !== undefined && tries < TRIES; tries += 1) {
    const deed = pick(HAT)?.(scenery, pick);
    if (deed !== undefined) return { user: actorOf(scenery, member, deed, pick), ...deed };
  }
  return undefined;
}

/** Mostly somebody who may; sometimes anybody, so that there is something denied to see. */
function actorOf({ members }: Scenery, anybody: Member, deed: Omit<Deed, 'user'>, pick: Pick): string {
  if (pick([true, false, false, false, false, false]) === true) return anybody.user;
  const needsAdmin = deed.method === 'DELETE' || /^(members|keys)|promote$/.test(deed.path);
  const able = members.filter(({ role }) => role === 'admin' || (!needsAdmin && role === 'developer'));
  return (pick(able) ?? anybody).user;
}

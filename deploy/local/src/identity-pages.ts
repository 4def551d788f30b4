import type { DemoUser } from './demo.ts';

const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ground: #fafafa; --ink: #1b1b1f; --soft: #60606a; --line: #e4e4e8; --accent: #4353c9; --mark: #8ea2ff; --solid: #1b1b1f; --on-solid: #fff; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --paper: #17171b; --ground: #0f0f12; --ink: #ededf0; --soft: #9d9da8; --line: #2c2c33; --accent: #8ea2ff; --mark: #4353c9; --solid: #ededf0; --on-solid: #131316; --bad: #ff8a80 } }
* { box-sizing: border-box } body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif }
main { width: min(26rem, 92vw); background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 2rem; margin: 2rem 0 }
.brand { display: flex; gap: .6rem; align-items: center; font-weight: 600; letter-spacing: -.01em; margin-bottom: 1.5rem }
h1 { font-size: 1.35rem; letter-spacing: -.02em; margin: 0 0 .35rem } p { margin: 0 0 1.2rem; color: var(--soft) }
label { display: block; font-size: .85rem; font-weight: 500; margin: .9rem 0 .3rem } input { width: 100%; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 8px; padding: .55rem .7rem }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
button { font: inherit; cursor: pointer; border-radius: 8px; border: 1px solid var(--line); background: transparent; color: inherit; padding: .55rem .8rem; width: 100% }
button.primary { background: var(--solid); border-color: var(--solid); color: var(--on-solid); font-weight: 600; margin-top: 1.2rem } .bad { color: var(--bad) }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.6rem 0 1.1rem } h2 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: 0 0 .6rem }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .45rem } li button { text-align: left; display: grid } li button:hover { border-color: var(--soft) } li small { color: var(--soft) } code { font-size: 1.4rem; letter-spacing: .12em }
`;

const MARK =
  '<svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="var(--solid)"/><g fill="none" stroke="var(--on-solid)" stroke-width="2.4" stroke-linecap="round"><path d="M6.5 20.5a9.5 9.5 0 0 1 19 0"/><path d="M11 20.5a5 5 0 0 1 10 0" opacity=".65"/></g><circle cx="16" cy="20.6" r="1.9" fill="var(--mark)"/></svg>';

/** Text safe inside HTML and its attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A page of the provider; `body` is HTML. */
export const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Auditorium</title><style>${STYLE}</style></head><body><main><div class="brand">${MARK} Auditorium</div>${body}</main></body></html>`;

const userButton = (user: DemoUser): string =>
  `<li><button type="submit" form="as-${user.user}"><span>${escapeHtml(user.name)}</span><small>${escapeHtml(user.email)}, ${escapeHtml(user.role)}</small></button></li>`;

const userForm = (action: string, user: DemoUser): string =>
  `<form id="as-${user.user}" method="post" action="${action}"><input type="hidden" name="user" value="${user.user}"></form>`;

/** The sign-in page: a form, and one click for each demo user. */
export function signInPage(o: {
  action: string;
  users: readonly DemoUser[];
  password: string;
  wrong: boolean;
  email: string;
}): string {
  const action = escapeHtml(o.action);
  const said = o.wrong
    ? '<p class="bad" role="alert">No user has this e-mail address and password.</p>'
    : '<p>This identity provider belongs to the local system.</p>';
  const form = `<form method="post" action="${action}"><label for="email">E-mail</label><input id="email" name="email" type="email" autocomplete="username" required autofocus value="${escapeHtml(o.email)}"><label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required><button class="primary">Sign in</button></form>`;
  const list = `<hr><h2>Demo users, password ${escapeHtml(o.password)}</h2><ul>${o.users.map(userButton).join('')}</ul>`;
  return page(
    'Sign in',
    `<h1>Sign in</h1>${said}${form}${list}${o.users.map((user) => userForm(action, user)).join('')}`,
  );
}

/** Where somebody types the code that their terminal shows. `form` has the field. */
export const deviceCodePage = (form: string, wrong: boolean): string =>
  page(
    'Connect a terminal',
    `<h1>Connect a terminal</h1>${wrong ? '<p class="bad" role="alert">No terminal waits for this code.</p>' : '<p>Type the code that your terminal shows.</p>'}${form}<button class="primary" type="submit" form="op.deviceInputForm">Continue</button>`,
  );

/** Asks whether the code is the terminal's. */
export const deviceConfirmPage = (form: string, client: string, code: string): string =>
  page(
    'Connect a terminal',
    `<h1>Connect ${escapeHtml(client)}?</h1><p>Your terminal should show this code:</p><p><code>${escapeHtml(code)}</code></p>${form}<button class="primary" type="submit" form="op.deviceConfirmForm" autofocus>Connect</button><p></p><button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Cancel</button>`,
  );

/** Signing out asks nothing: the user has just asked for it. */
export const signOutPage = (form: string): string =>
  page(
    'Sign out',
    `<h1>Signing out</h1>${form}<button class="primary" type="submit" form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button><script>document.querySelector('button.primary').click()</script>`,
  );

/** A page that only says something. */
export const notePage = (title: string, text: string): string =>
  page(escapeHtml(title), `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>`);

import { UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import type { TokenSource } from '../api/client.ts';

/** What `/config.json` says; nothing in it is secret. */
export interface ConsoleConfig {
  issuer: string;
  clientId: string;
  scope: string;
  resource: string | null;
}

interface ReturnState {
  returnTo: string;
}

const RENEW_BEFORE_S = 20;

/**
 * The signed-in person of this tab: authorization code with PKCE, the tokens in session storage, renewed by refresh token
 * (so the page needs no hidden frame, and the content security policy can forbid frames).
 */
export class Session implements TokenSource {
  readonly #manager: UserManager;
  readonly #listeners = new Set<() => void>();
  #renewal: Promise<string | null> | undefined;
  #over = false;

  constructor(config: ConsoleConfig, origin: string) {
    this.#manager = new UserManager({
      authority: config.issuer,
      client_id: config.clientId,
      redirect_uri: `${origin}/signed-in`,
      post_logout_redirect_uri: `${origin}/sign-in`,
      response_type: 'code',
      scope: config.scope,
      ...(config.resource ? { resource: config.resource } : {}),
      userStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: false,
      monitorSession: false,
      loadUserInfo: false,
    });
  }

  /** Whether this tab holds a session that is usable or can be made so without asking the person. */
  async signedIn(): Promise<boolean> {
    return (await this.token()) !== null;
  }

  async user(): Promise<User | null> {
    return this.#manager.getUser();
  }

  async token(): Promise<string | null> {
    const user = await this.#manager.getUser();
    if (!user) return null;
    if (user.expires_in !== undefined && user.expires_in < RENEW_BEFORE_S) return this.renew();
    return user.access_token;
  }

  /** One renewal at a time: a refresh token that rotates may be used only once. */
  renew(): Promise<string | null> {
    this.#renewal ??= this.#renewNow().finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  async #renewNow(): Promise<string | null> {
    const user = await this.#manager.getUser();
    if (!user?.refresh_token) return null;
    try {
      return (await this.#manager.signinSilent())?.access_token ?? null;
    } catch {
      return null;
    }
  }

  ended(): void {
    this.#over = true;
    for (const listener of this.#listeners) listener();
  }

  readonly isOver = (): boolean => this.#over;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Leaves for the identity provider; `returnTo` is a path of this console. */
  async signIn(returnTo: string): Promise<void> {
    await this.#manager.signinRedirect({ state: { returnTo } satisfies ReturnState });
  }

  /** Ends the redirect that came back and says where the person wanted to go. */
  async finishSignIn(): Promise<string> {
    const user = await this.#manager.signinRedirectCallback();
    await this.#manager.clearStaleState();
    const state = user.state as ReturnState | undefined;
    return localPath(state?.returnTo);
  }

  /** Forgets the tokens here, then ends the identity provider's own session where it offers that. */
  async signOut(): Promise<void> {
    const user = await this.#manager.getUser();
    const metadata = await this.#manager.metadataService.getMetadata().catch(() => undefined);
    await this.#manager.removeUser();
    if (metadata?.end_session_endpoint && user?.id_token) {
      await this.#manager.signoutRedirect({ id_token_hint: user.id_token });
    } else {
      location.assign('/sign-in');
    }
  }
}

/**
 * Only a path of this origin: `//elsewhere` and absolute addresses would make the sign-in an open redirect, and browsers
 * drop tabs and line ends before they look.
 */
export function localPath(path: string | undefined): string {
  return path !== undefined && /^\/(?![/\\])\P{Cc}*$/u.test(path) ? path : '/';
}

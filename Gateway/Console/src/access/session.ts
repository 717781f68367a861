import { UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { Settings } from './settings';

/** Who is signed in on this page. `ended` keeps the page as it is, so that nothing typed is lost, and asks to sign in again. */
export type Session =
  | { state: 'out' }
  | { state: 'in'; token: string; expires: number; who: string }
  | { state: 'ended'; who: string };

const personaKey = 'q2c.persona';
const renewBefore = 60_000;

let session: Session = { state: 'out' };
let settings: Settings | null = null;
let identity: UserManager | null = null;
let timer = 0;
const listeners = new Set<() => void>();

export const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
};

export const currentSession = (): Session => session;

export const currentToken = (): string | null => session.state === 'in' ? session.token : null;

/** Takes up the sign-in of this browser, if there is one; finishes one that comes back from the identity provider. */
export async function openSession(known: Settings): Promise<void> {
  settings = known;
  if (known.identity) {
    const { authority, clientId, scope } = known.identity;
    identity = new UserManager({
      authority, client_id: clientId, scope, response_type: 'code',
      redirect_uri: `${location.origin}/signed-in`,
      post_logout_redirect_uri: location.origin,
      automaticSilentRenew: false, monitorSession: false,
      userStore: new WebStorageStateStore({ store: sessionStorage }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
    });
    if (location.pathname === '/signed-in') {
      const user = await identity.signinCallback();
      history.replaceState(null, '', typeof user?.state === 'string' && user.state.startsWith('/') ? user.state : '/');
    }
    const user = await identity.getUser();
    if (user && !user.expired) return enter(user.access_token, (user.expires_at ?? 0) * 1000, user.profile.name ?? user.profile.sub);
  }
  const persona = localStorage.getItem(personaKey);
  if (persona && known.personas?.some(each => each.name === persona)) await signInAs(persona);
}

/** The development issuer hands out a token to whoever asks. */
export async function signInAs(persona: string): Promise<void> {
  const answer = await fetch('/dev/token', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ user: persona }),
  });
  if (!answer.ok) throw new Error(`The gateway answered ${answer.status} to the sign-in.`);
  const { token, expires } = await answer.json() as { token: string; expires: string };
  localStorage.setItem(personaKey, persona);
  enter(token, Date.parse(expires), persona);
}

/** Leaves for the identity provider, and comes back to the page that is shown now. */
export async function signIn(): Promise<void> {
  if (!identity) throw new Error('No identity provider is set up; docs/security.md says how.');
  await identity.signinRedirect({ state: location.pathname + location.search });
}

/** Signs the same person in again. */
export async function signInAgain(): Promise<void> {
  const persona = localStorage.getItem(personaKey);
  if (settings?.personas && persona) await signInAs(persona);
  else await signIn();
}

export async function signOut(): Promise<void> {
  localStorage.removeItem(personaKey);
  clearTimeout(timer);
  change({ state: 'out' });
  if (identity && await identity.getUser()) {
    await identity.removeUser();
    await identity.signoutRedirect().catch(() => undefined);
  }
}

/** The gateway no longer takes the token. */
export function endSession(): void {
  if (session.state === 'in') change({ state: 'ended', who: session.who });
}

function enter(token: string, expires: number, who: string): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void renew(), Math.min(Math.max(0, expires - renewBefore - Date.now()), 2 ** 31 - 1));
  change({ state: 'in', token, expires, who });
}

async function renew(): Promise<void> {
  try {
    const user = await identity?.getUser();
    if (user?.refresh_token) {
      const fresh = await identity!.signinSilent();
      if (fresh) return enter(fresh.access_token, (fresh.expires_at ?? 0) * 1000, fresh.profile.name ?? fresh.profile.sub);
    }
    const persona = localStorage.getItem(personaKey);
    if (!identity && persona) return await signInAs(persona);
  } catch {
    // What cannot be renewed ends.
  }
  timer = window.setTimeout(endSession, renewBefore);
}

function change(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

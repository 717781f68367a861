import { createContext } from 'react';
import type { Role } from './permissions';

/** What the gateway tells the console about this installation before anybody signs in. */
export type Settings = {
  /** Personas that anybody on this machine may be; null where the development issuer is off. */
  personas: { name: string; roles: Role[] }[] | null;
  /** The identity provider, with which people sign in; null if none is set up. */
  identity: { authority: string; clientId: string; scope: string } | null;
  /** Addresses of records in other systems by `system/type`, with `{id}` in them. */
  links: Record<string, string>;
  graphiQL: boolean;
};

export async function loadSettings(): Promise<Settings> {
  const answer = await fetch('/console/settings.json');
  if (!answer.ok) throw new Error(`The gateway answered ${answer.status}.`);
  return await answer.json() as Settings;
}

export const SettingsContext = createContext<Settings>({ personas: null, identity: null, links: {}, graphiQL: false });

// The gateway and the caller that the tests name: `node script url token contract`.
import WebSocket from 'ws';

export const [url, token, contract] = process.argv.slice(2);
export const authorization = `Bearer ${token}`;
export const socketUrl = url.replace(/^http/, 'ws');

/** A websocket as a server-side client opens it: with the header that every request has. */
export class AuthorizedSocket extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers: { authorization } });
  }
}

export const print = (value) => console.log(JSON.stringify(value));

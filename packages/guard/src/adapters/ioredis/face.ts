import type { IoredisClient } from './client.ts';

/** Methods that write fields of `this`; on an object that only inherits from the client they would miss it. */
const methodsOfTheClientItself = [
  'on',
  'once',
  'off',
  'addListener',
  'removeListener',
  'removeAllListeners',
  'prependListener',
  'prependOnceListener',
  'setMaxListeners',
  'emit',
  'connect',
  'disconnect',
  'end',
  'defineCommand',
];

/**
 * An object with all that the client has, which calls can be given a `sendCommand` of their own on top of. The
 * client is left as it is.
 */
export function faceOf<Client extends IoredisClient>(client: Client): Client {
  const face: Client = Object.create(client);
  for (const name of methodsOfTheClientItself) {
    const method: unknown = Reflect.get(client, name);
    if (typeof method === 'function') Reflect.defineProperty(face, name, { value: method.bind(client) });
  }
  return face;
}

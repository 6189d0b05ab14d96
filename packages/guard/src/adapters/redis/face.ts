import type { RedisClient } from './client.ts';

/** What the methods of a face do in place of the client's own; `handle` is the object they were called on. */
export interface FaceUse {
  call(handle: object, name: string, method: Method, args: unknown[]): unknown;
  /** The commands of a module, such as `json`. */
  space(handle: object, name: string): unknown;
}

type Method = (...args: unknown[]) => unknown;

/** The application's own business with its client; they need the client itself as `this`. */
const methodsOfTheClientItself = new Set([
  'connect',
  'close',
  'destroy',
  'quit',
  'QUIT',
  'disconnect',
  'reset',
  'ref',
  'unref',
  'duplicate',
  'legacy',
  'createPool',
  'reAuthenticate',
  'setDirtyWatch',
]);

/**
 * An object with all that the client has, whose commands come by here first. Made once for a client, which is left
 * as it is; calls get objects that inherit from it.
 */
export function faceOf<Client extends RedisClient>(client: Client, use: FaceUse): Client {
  const face: Client = Object.create(client);
  const done = new Set<string>(['constructor']);
  for (const layer of layersOf(client)) {
    const isEmitter = Object.hasOwn(layer, 'emit');
    for (const [name, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(layer))) {
      if (done.has(name) || name.startsWith('_')) continue;
      done.add(name);
      if (typeof value === 'function' && name !== 'Multi') {
        const own = isEmitter || methodsOfTheClientItself.has(name);
        Reflect.defineProperty(face, name, { value: own ? value.bind(client) : through(use, name, value) });
      } else if (get !== undefined && isSpace(Reflect.get(client, name))) {
        Reflect.defineProperty(face, name, {
          get(this: object) {
            return use.space(this, name);
          },
        });
      }
    }
  }
  return face;
}

function through(use: FaceUse, name: string, method: Method): Method {
  return function (this: object, ...args) {
    return use.call(this, name, method, args);
  };
}

/** The client, and all that it inherits from up to what every object has. */
function layersOf(client: object): readonly object[] {
  const layers: object[] = [];
  for (let layer: object | null = client; layer !== null && layer !== Object.prototype; ) {
    layers.push(layer);
    layer = Object.getPrototypeOf(layer);
  }
  return layers;
}

function isSpace(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_self' in value && !('sendCommand' in value);
}

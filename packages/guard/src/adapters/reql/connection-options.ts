import { checkNumber, checkObject } from '../../check.ts';
import { OptionError } from '../../fault.ts';

/** How to reach a server; the same words for either driver. */
export interface ReqlConnectionOptions {
  /** Default `localhost`. */
  readonly host?: string;
  /** Default 28015. */
  readonly port?: number;
  /** Default `test`, as the driver's. */
  readonly db?: string;
  /** Default `admin`. */
  readonly user?: string;
  readonly password?: string;
  /** As for `tls.connect`. */
  readonly tls?: object;
  /** 1 to 600,000. Default 5,000. */
  readonly connectTimeoutMs?: number;
}

/** Throws an `OptionError` for an option that `rethinkdbConnection` does not have. */
export function checkConnectionOptions(options: ReqlConnectionOptions): void {
  checkObject('rethinkdbConnection', options, [
    'host',
    'port',
    'db',
    'user',
    'password',
    'tls',
    'connectTimeoutMs',
    'ping',
  ]);
  for (const option of ['host', 'db', 'user', 'password'] as const) {
    const given = options[option];
    if (given !== undefined && typeof given !== 'string') {
      throw new OptionError(option, option === 'password' ? typeof given : given, 'a text');
    }
  }
  if (options.port !== undefined) checkNumber('port', options.port, 1, 65_535, true);
  if (options.tls !== undefined && (typeof options.tls !== 'object' || options.tls === null)) {
    throw new OptionError('tls', options.tls, 'an object, as for tls.connect');
  }
}

/** In seconds, as both drivers want it. */
export function connectTimeoutSeconds(connectTimeoutMs = 5_000): number {
  return checkNumber('connectTimeoutMs', connectTimeoutMs, 1, 600_000) / 1_000;
}

import type * as http from 'node:http';
import { OptionError } from '../fault.ts';

export interface Address {
  readonly text: string;
  readonly secure: boolean;
  readonly target: http.RequestOptions;
  readonly path: string;
}

export function parseAddress(given: unknown): Address {
  const allowed = 'http://host:port, https://host:port or unix:/path/of/socket';
  if (typeof given !== 'string') throw new OptionError('healer', given, allowed);
  if (given.startsWith('unix:/')) {
    return {
      text: given,
      secure: false,
      target: { socketPath: given.slice(5), host: 'localhost' },
      path: '',
    };
  }
  if (!URL.canParse(given)) throw new OptionError('healer', given, allowed);
  const { protocol, hostname, port, pathname } = new URL(given);
  if (protocol !== 'http:' && protocol !== 'https:') throw new OptionError('healer', given, allowed);
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    text: `${protocol}//${hostname}${port === '' ? '' : `:${port}`}`,
    secure: protocol === 'https:',
    target: { host, ...(port !== '' && { port }) },
    path: pathname.replace(/\/$/, ''),
  };
}

import { isIP } from 'node:net';
import { AddressRanges } from '../configuration/address-ranges.ts';
import type { Role } from '../server/access.ts';

/** As in `prunella.yaml` under `server.proxy`. */
export interface ProxySettings {
  /** Whose headers are believed: addresses, or ranges. */
  readonly addresses: readonly string[];
  /** Names the person. Without it the proxy names addresses only. */
  readonly userHeader?: string | undefined;
  /** Names the person's groups, separated by commas. */
  readonly groupsHeader?: string | undefined;
  /** What members of a group may do; of several groups the most counts. */
  readonly roles: Readonly<Record<string, 'viewer' | 'operator' | 'admin'>>;
  /** What everybody may do whom the proxy names. Without it, only those in a named group come in. */
  readonly everybody?: 'viewer' | 'operator' | 'admin' | undefined;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Person {
  readonly name: string;
  /** Null: known, and allowed nothing. */
  readonly role: Role | null;
}

const order: readonly Role[] = ['viewer', 'operator', 'admin'];
const longestName = 200;

/** Where a request really comes from, and whom a proxy says that it is. */
export class Proxies {
  readonly #settings: ProxySettings | null;
  readonly #trusted: AddressRanges;
  readonly #onIgnored: () => void;

  /** `onIgnored`: told of each header that names a person, from an address that is none of a proxy. */
  constructor(settings: ProxySettings | null, onIgnored: () => void = () => {}) {
    this.#settings = settings;
    this.#onIgnored = onIgnored;
    this.#trusted = new AddressRanges(settings?.addresses ?? []);
  }

  isTrusted(address: string): boolean {
    return this.#trusted.includes(address);
  }

  /** `via`: the proxy that named the address. */
  clientOf(remote: string, headers: Headers): { readonly address: string; readonly via?: string } {
    if (!this.isTrusted(remote)) return { address: plain(remote) };
    const named = listOf(headers['x-forwarded-for']).map(withoutPort);
    // From the right: what stands further left was written by whoever came to the last proxy.
    const client = named.findLast((address) => !this.isTrusted(address));
    if (client === undefined || isIP(client) === 0) return { address: plain(remote) };
    return { address: plain(client), via: plain(remote) };
  }

  /** The name under which the browser asked; as the proxy says, where it is one. */
  hostOf(remote: string, headers: Headers): string | undefined {
    const [forwarded] = this.isTrusted(remote) ? listOf(headers['x-forwarded-host']) : [];
    const { host } = headers;
    return forwarded ?? (typeof host === 'string' ? host : undefined);
  }

  isOverTls(remote: string, headers: Headers): boolean {
    return this.isTrusted(remote) && listOf(headers['x-forwarded-proto']).at(-1) === 'https';
  }

  /** Null: no person is named, or not by a proxy. */
  personOf(remote: string, headers: Headers): Person | 'unreadable' | null {
    const settings = this.#settings;
    if (settings?.userHeader === undefined) return null;
    const given = headers[settings.userHeader.toLowerCase()];
    if (given === undefined) return null;
    if (!this.isTrusted(remote)) {
      this.#onIgnored();
      return null;
    }
    if (typeof given !== 'string' || given.includes(',')) return 'unreadable';
    const name = asWritten(given).trim();
    if (!isName(name)) return 'unreadable';
    const groups =
      settings.groupsHeader === undefined
        ? []
        : listOf(headers[settings.groupsHeader.toLowerCase()]).map(asWritten);
    const roles = groups.flatMap((group) => {
      const role = Object.hasOwn(settings.roles, group) ? settings.roles[group] : undefined;
      return role === undefined ? [] : [role];
    });
    const allowed = [...roles, ...(settings.everybody === undefined ? [] : [settings.everybody])];
    const role = order.findLast((one) => allowed.some((has) => has === one)) ?? null;
    return { name, role };
  }

  /** For a sentence: the header that was not believed. */
  ignoredHeader(remote: string, headers: Headers): string | null {
    const header = this.#settings?.userHeader;
    if (header === undefined || headers[header.toLowerCase()] === undefined) return null;
    return this.isTrusted(remote) ? null : header;
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  const text = typeof value === 'string' ? value : (value ?? []).join(',');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** `203.0.113.7:1234` and `[2001:db8::1]:1234`, as some proxies write. */
function withoutPort(text: string): string {
  const [, inBrackets, v4] = /^\[([^\]]+)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text) ?? [];
  return inBrackets ?? v4 ?? text;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Node reads headers as Latin-1; proxies write names in UTF-8. What is no UTF-8 was Latin-1. */
function asWritten(header: string): string {
  try {
    return utf8.decode(Buffer.from(header, 'latin1'));
  } catch {
    return header;
  }
}

function plain(address: string): string {
  return address.includes(':') ? address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '') : address;
}

function isName(text: string): boolean {
  return text.length > 0 && text.length <= longestName && /^\P{Cc}+$/u.test(text);
}

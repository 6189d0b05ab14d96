import type { AccessToken } from '../server/access.ts';
import type { AccessRecords } from './access-records.ts';
import { AuditLog } from './audit-log.ts';
import { FailureLimit, type FailureLimitSettings } from './failure-limit.ts';
import { memoryRecords } from './memory-records.ts';
import { Proxies, type ProxySettings } from './proxy.ts';
import { noRefusalFigures, type RefusalFigures } from './refused-credentials.ts';
import { defaultSessionSettings, type SessionSettings, Sessions } from './sessions.ts';
import { SignInCodes } from './sign-in-codes.ts';
import { TokenRegistry } from './token-registry.ts';

export interface AccessRoomOptions {
  /** Of the configuration, and those that the healer made for its own host. */
  readonly configured: readonly AccessToken[];
  /** Default: in memory, until the process ends. */
  readonly records?: AccessRecords;
  readonly sessions?: SessionSettings;
  readonly proxy?: ProxySettings | null;
  /** Names under which browsers may ask, beside those of this machine. */
  readonly hosts?: readonly string[];
  readonly failures?: Partial<FailureLimitSettings>;
  /** Default: nobody counts. */
  readonly figures?: RefusalFigures;
  /** Default: the machine's clock, ms since the Unix epoch. */
  readonly now?: () => number;
}

/** All that decides who may come in, and remembers who did. One for all servers of a healer. */
export interface AccessRoom {
  readonly tokens: TokenRegistry;
  readonly sessions: Sessions;
  readonly codes: SignInCodes;
  readonly audit: AuditLog;
  readonly failures: FailureLimit;
  readonly proxies: Proxies;
  readonly figures: RefusalFigures;
  readonly hosts: readonly string[];
  readonly now: () => number;
  /** Called where a token or a session has ended before its time. Gives what takes the listener off again. */
  onEnd(listener: () => void): () => void;
  /** Writes down what waits. */
  close(): void;
}

export function createAccessRoom(options: AccessRoomOptions): AccessRoom {
  const now = options.now ?? Date.now;
  const records = options.records ?? memoryRecords();
  const figures = options.figures ?? noRefusalFigures;
  const listeners = new Set<() => void>();
  const ended = () => {
    for (const listener of listeners) listener();
  };
  const tokens = new TokenRegistry(records, options.configured, now, ended);
  return {
    tokens,
    sessions: new Sessions(records, tokens, options.sessions ?? defaultSessionSettings, now, ended),
    codes: new SignInCodes(tokens, now),
    audit: new AuditLog(records, now),
    failures: new FailureLimit(now, options.failures),
    proxies: new Proxies(options.proxy ?? null, () => figures.proxyHeaderIgnored()),
    figures,
    hosts: options.hosts ?? [],
    now,
    onEnd(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => tokens.flush(),
  };
}

import type { FaultKind } from '@prunella/protocol';
import { redact } from './reporting/redact.ts';

/**
 * - `PRUNELLA_FAULT`: the driver, or the application's function, failed; see `cause`
 * - `PRUNELLA_DEADLINE`: no answer within the deadline
 * - `PRUNELLA_BREAKER_OPEN`: not tried, since recent calls failed; `kind` is theirs
 * - `PRUNELLA_STALE`: the read failed, and the cached copy is older than the read allows
 * - `PRUNELLA_WRITES_FULL`: the resource is failing and no more writes can be kept
 * - `PRUNELLA_WRITE_NOT_KEPT`: the resource is failing and the journal could not store the write
 * - `PRUNELLA_TOO_MANY_CALLS`: as many calls run and wait as this guard's overload options allow
 * - `PRUNELLA_SHED`: not tried, since the healer asked to spare the resource
 * - `PRUNELLA_DETACHED`: the guard was detached
 */
export type FaultCode =
  | 'PRUNELLA_FAULT'
  | 'PRUNELLA_DEADLINE'
  | 'PRUNELLA_BREAKER_OPEN'
  | 'PRUNELLA_STALE'
  | 'PRUNELLA_WRITES_FULL'
  | 'PRUNELLA_WRITE_NOT_KEPT'
  | 'PRUNELLA_TOO_MANY_CALLS'
  | 'PRUNELLA_SHED'
  | 'PRUNELLA_DETACHED';

/** What went wrong with a call. `FaultError` is one that can be thrown. */
export interface Fault {
  readonly code: FaultCode;
  readonly kind: FaultKind;
  readonly resource: string;
  readonly message: string;
  /** The driver's own error; undefined where the guard itself gave up. */
  readonly cause?: unknown;
  /** True where the order may have been carried out although it failed. */
  readonly outcomeUnknown: boolean;
}

const brand = Symbol.for('prunella.guard.fault');

/** What `run`, `read` and degraded writes reject with. `instanceof` holds for those of other copies of this package, too. */
export class FaultError extends Error implements Fault {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }

  override readonly name = 'FaultError';
  readonly code: FaultCode;
  readonly kind: FaultKind;
  readonly resource: string;
  readonly outcomeUnknown: boolean;

  constructor(fault: Fault) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.code = fault.code;
    this.kind = fault.kind;
    this.resource = fault.resource;
    this.outcomeUnknown = fault.outcomeUnknown;
  }

  get [brand](): true {
    return true;
  }
}

/** An option is wrong. Thrown where the guard is made, never later. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
  readonly code = 'PRUNELLA_OPTION';
  readonly option: string;

  constructor(option: string, given: unknown, allowed: string) {
    super(`option ${option}: given ${show(given)}; allowed: ${allowed}`);
    this.option = option;
  }
}

function show(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(withoutSecrets(given).slice(0, 200));
  if (typeof given === 'function') return 'a function';
  if (typeof given === 'object' && given !== null) return Array.isArray(given) ? 'an array' : 'an object';
  return String(given);
}

/** What stands before an @ may be credentials, also where the whole is no URL; a key's text has several lines. */
function withoutSecrets(text: string): string {
  return redact(text.replace(/^(\w[\w+.-]*:\/\/)?.*@/s, '$1***@').replace(/\n.*/s, '\u2026'));
}

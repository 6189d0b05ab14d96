import { type Finding, messageOf } from '../../doctor/finding.ts';
import { SaltError } from './salt-error.ts';

/** What a check says that could not ask. */
export function unasked(check: string, what: string, error: unknown): Finding {
  const isForbidden = error instanceof SaltError && error.code === 'salt-forbidden';
  return {
    check,
    state: 'unknown',
    what: `${what}: ${isForbidden ? 'the account may not ask' : messageOf(error)}`,
    why: 'what this check is for may be well or not',
    remedy: isForbidden
      ? 'add what salt/examples/master-api.conf has to external_auth, and look again'
      : 'see that the Salt master runs, and look again',
  };
}

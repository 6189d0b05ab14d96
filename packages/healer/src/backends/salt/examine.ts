import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Finding, messageOf, well } from '../../doctor/finding.ts';
import type { SaltClient } from './client.ts';
import { modules } from './examine-modules.ts';
import type { Examined } from './examined.ts';
import { addressesOfThisHost, firstListening } from './own-addresses.ts';
import { type Excess, excessesOf } from './permissions.ts';
import { remedyFor } from './remedy.ts';
import { unasked } from './unasked.ts';

/** A healer that was down for a night still finds what it had ordered. */
const shortestKeptSeconds = 3_600;
const foundWithinMs = 2_000;
const lookAgainMs = 200;

/** What `prunella doctor` says of one Salt master. Never rejects. */
export async function examineSalt(examined: Examined, signal: AbortSignal): Promise<readonly Finding[]> {
  const { client } = examined;
  let permissions: unknown;
  try {
    permissions = await client.permissions();
  } catch (error) {
    return [unreached(error), ...(await webhooks(examined, signal))];
  }
  const rooms = await Promise.all([
    webhooks(examined, signal),
    modules(examined, signal),
    jobCache(examined, signal),
    settings(client, signal),
  ]);
  return [
    well('salt-reachable', `logged in at ${client.url.origin}`),
    ...permissionsFound(permissions, client.account),
    ...rooms.flat(),
  ];
}

function unreached(error: unknown): Finding {
  return {
    check: 'salt-reachable',
    state: 'problem',
    what: messageOf(error),
    why: 'until the healer can log in, nothing is repaired through Salt',
    remedy: remedyFor(error),
  };
}

const excessTexts: Readonly<Record<Excess['what'], string>> = {
  'every function': 'may run every function on every minion that it can target',
  'every runner': 'may run every runner of the master, orchestrations among them',
  'the wheel': 'may accept and delete the keys of minions, and change files of the master',
  'any command': 'may run any command on minions, past the lists that minions keep',
};

function permissionsFound(permissions: unknown, account: string): readonly Finding[] {
  // salt-api lets in whoever knows the shared secret, whatever name they give.
  if (typeof permissions === 'object' && permissions !== null && Object.keys(permissions).length === 0) {
    return [
      {
        check: 'salt-permissions',
        state: 'problem',
        what: `external_auth of the master allows the account "${account}" nothing`,
        why: 'its login is taken all the same, and then every question and every order is refused',
        remedy:
          'mend `username` in prunella.yaml, or name it under external_auth as salt/examples/master-api.conf does, and restart salt-master and salt-api',
      },
    ];
  }
  const excesses = excessesOf(permissions);
  if (excesses.length === 0) {
    return [well('salt-permissions', "the healer's account may do no more than its list names")];
  }
  return excesses.map(({ what, entry }) => ({
    check: 'salt-permissions',
    state: what === 'every function' || what === 'the wheel' ? 'problem' : 'warning',
    what: `by "${entry}" the healer's account ${excessTexts[what]}`,
    why: 'who gets hold of its secret has all of that, and the guard on the minions is passed by',
    remedy: 'take it out of external_auth; salt/examples/master-api.conf has a list that is enough',
  }));
}

async function webhooks({ client, hookPath }: Examined, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    return [await webhookFinding(await client.statusOf(hookPath, signal), client.url, hookPath)];
  } catch {
    return [];
  }
}

/**
 * `status`: of a GET without a login, which webhooks do not serve; where a login is asked for, that comes first.
 * `addresses`: by which others reach this host, where salt-api is spoken to by a loopback address.
 */
export async function webhookFinding(
  status: number,
  url: URL,
  hookPath: string,
  addresses: readonly string[] = addressesOfThisHost(),
): Promise<Finding> {
  if (status !== 405) return well('salt-webhooks', 'nobody can post a webhook without a login');
  const { hostname, origin, protocol } = url;
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  const port = Number(url.port || (protocol === 'https:' ? 443 : 80));
  const openAt = isHere ? await firstListening(port, addresses) : hostname;
  const besides = isHere && openAt !== null ? `, and its port answers at ${openAt}, too` : '';
  return {
    check: 'salt-webhooks',
    state: openAt === null ? 'warning' : 'problem',
    what: `${origin}${hookPath} takes webhooks of anybody (webhook_disable_auth)${besides}`,
    why: "whoever reaches that address can put events on the master's bus; only the secret in the body stands before the reactor",
    remedy: remedyForOpen(isHere, openAt),
  };
}

function remedyForOpen(isHere: boolean, openAt: string | null): string {
  if (openAt === null) {
    return 'keep salt-api on this host, or behind a proxy that asks for a certificate; or use API mode and take webhook_disable_auth out';
  }
  const closed = isHere ? 'write `host: 127.0.0.1` under rest_cherrypy, or ' : '';
  return `${closed}use API mode and take webhook_disable_auth out, or put a proxy before it that asks for a certificate`;
}

/** Makes a job that only asks, and looks for it as an attempt is looked for. */
async function jobCache({ client, nodes }: Examined, signal: AbortSignal): Promise<readonly Finding[]> {
  const check = 'salt-job-cache';
  const [first] = nodes;
  if (first === undefined) return [];
  try {
    const metadata = { prunella: { doctor: randomUUID() } };
    const ping = { name: 'test.ping', args: [], kwargs: {} };
    const target = { expression: [first.target], matcher: 'list' };
    if ((await client.start(target, ping, { metadata, signal })) === null) return [];
    const until = performance.now() + foundWithinMs;
    do {
      const jids = await client.jobsWith(metadata, signal);
      if (jids.length > 0) return [well(check, 'a job is found again by its metadata')];
      await delay(lookAgainMs, undefined, { ref: false });
    } while (performance.now() < until && !signal.aborted);
    return [
      {
        check,
        state: 'problem',
        what: 'a job that was just made is not found among the jobs of the master',
        why: 'after a crash of the healer no attempt can be found: each ends with an unknown outcome',
        remedy:
          'see what the log of the master says of its jobs; a master_job_cache that it has must keep metadata',
      },
    ];
  } catch (error) {
    return [unasked(check, 'the jobs of the master could not be looked at', error)];
  }
}

async function settings(client: SaltClient, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    const names = ['keep_jobs_seconds', 'order_masters', 'enable_ssh_minions', 'job_cache'];
    const values = await Promise.all(names.map((name) => client.setting(name, signal)));
    const [kept, isOverMasters, hasSsh, keepsReturns] = values;
    return [
      ...keptFinding(kept),
      ...(keepsReturns === false ? [noReturns] : []),
      ...(isOverMasters === true ? [notSupported('minions behind a syndic', syndicWhy)] : []),
      ...(hasSsh === true ? [notSupported('minions of Salt SSH', sshWhy)] : []),
    ];
  } catch (error) {
    return [unasked('salt-settings', "the master's settings could not be looked at", error)];
  }
}

const noReturns: Finding = {
  check: 'salt-job-cache',
  state: 'problem',
  what: 'the master keeps no returns of its jobs (job_cache: false)',
  why: 'a return that is missed on the event bus, or that came while the healer was down, is nowhere to be found: the outcome is unknown',
  remedy: 'set `job_cache: true` at the master',
};

const syndicWhy =
  'the lower master answers for them: whom an order reached, and whether it still runs, cannot be asked from here';
const sshWhy =
  'they have no job to follow, no record and no module: nobody could say what became of an order';

function notSupported(whom: string, why: string): Finding {
  return {
    check: 'salt-supported',
    state: 'warning',
    what: `this master may have ${whom}, which the healer does not repair`,
    why,
    remedy:
      whom === 'minions of Salt SSH'
        ? 'run a minion on hosts that the healer is to repair'
        : 'name the lower master itself as the backend of a healer beside it',
  };
}

function keptFinding(kept: unknown): readonly Finding[] {
  if (typeof kept !== 'number') return [];
  // Zero keeps them for ever.
  if (kept === 0 || kept >= shortestKeptSeconds)
    return [well('salt-job-cache', `jobs are kept for ${kept} s`)];
  return [
    {
      check: 'salt-job-cache',
      state: 'problem',
      what: `the master forgets its jobs after ${kept} s (keep_jobs_seconds)`,
      why: 'an attempt that was under way when the healer went down cannot be found after that time',
      remedy: 'set `keep_jobs_seconds: 86400` at the master',
    },
  ];
}

import { durationText } from '@prunella/core';
import { z } from 'zod';
import type { PathBase } from '../../configuration/file-path.ts';
import { secretReference } from '../../configuration/secret.ts';
import { tlsConfiguration } from './tls.ts';

/** `mode: api` speaks salt-api's own interface; `mode: hook` posts to its webhooks, as the article did. */
export function saltConfiguration(base: PathBase) {
  const common = {
    url: saltAddress().describe('Address of salt-api.'),
    tls: tlsConfiguration(base).optional().describe('Certificates, where the address is https.'),
    loginTimeout: durationText({ leastMs: 100 })
      .prefault('10s')
      .describe(
        'Nobody waits longer for a login; the login itself is given up after three times this, so that there is never a second one beside it.',
      ),
    requestTimeout: durationText({ leastMs: 100 })
      .prefault('30s')
      .describe('A request that takes longer has an unknown outcome.'),
    limits: z
      .strictObject({
        perMaster: z.int().min(1).max(1_000).prefault(10).describe('Jobs at one time.'),
        perMinion: z.int().min(1).max(100).prefault(1).describe('Jobs at one time on one minion.'),
        perJob: z
          .int()
          .min(1)
          .max(1_000)
          .prefault(50)
          .describe('Minions that one job goes to; the rest follows once all of them succeeded.'),
      })
      .prefault({})
      .describe('What runs at one time; the rest waits.'),
    watch: z
      .boolean()
      .prefault(true)
      .describe(
        "Follow Salt's event bus: jobs of others hold repairs; failed jobs, beacons and minions are signals.",
      ),
    fences: z
      .enum(['module', 'none'])
      .prefault('module')
      .describe(
        '`module`: by prunella.apply on the minions. `none`: plain functions, said with every attempt.',
      ),
  };
  const login = {
    username: z.string().min(1).max(200).describe('The account in external_auth of the master.'),
    password: secretReference(base).describe(
      'The password, or the shared secret where `eauth: sharedsecret`.',
    ),
    eauth: z.string().min(1).max(100).prefault('sharedsecret').describe('How Salt checks the password.'),
  };
  return z
    .discriminatedUnion('mode', [
      z.strictObject({
        mode: z.literal('api'),
        ...common,
        ...login,
        domainGrain: z
          .string()
          .regex(/^[A-Za-z0-9][\w.:-]{0,199}$/, 'must be the name of a grain, such as rack or location:zone')
          .optional()
          .describe('The grain that names what fails together with a minion, for nodes without `domain`.'),
        furtherMasters: z
          .array(saltAddress())
          .max(16)
          .prefault([])
          .describe(
            'salt-api of further masters of the same minions, with the same account; each is asked before something is not found.',
          ),
        commands: z
          .array(z.string().min(1).max(4_000))
          .max(1_000)
          .prefault([])
          .describe('Whole commands that `salt.cmd.run` may run, each exactly as playbooks write it.'),
        runners: z
          .array(z.string().regex(/^[A-Za-z_]\w*\.[A-Za-z_]\w*$/, 'must be the name of a runner function'))
          .max(1_000)
          .prefault([])
          .describe(
            'Functions of runners that `salt.runner` may run on the master, such as `fileserver.update`.',
          ),
      }),
      z.strictObject({
        mode: z.literal('hook'),
        ...common,
        secret: secretReference(base).describe(
          'Sent as `secretkey` in the body of each hook, or, where `signed`, only used to sign it.',
        ),
        signed: z
          .boolean()
          .prefault(false)
          .describe(
            'Sign each hook (HMAC-SHA256 over its id, its time and its body), so that the secret does not travel and nothing is taken twice; for the reactor of `salt/prunella/reactor/hook.sls`.',
          ),
        hookPath: z
          .string()
          .regex(/^\//, 'must begin with `/`')
          .max(200)
          .prefault('/hook')
          .describe('Where salt-api takes webhooks.'),
        api: z
          .strictObject(login)
          .optional()
          .describe('A login that can read the API beside the hooks: targets are then resolved, jobs found.'),
      }),
    ])
    .transform(({ loginTimeout, requestTimeout, ...rest }) => ({
      ...rest,
      loginTimeoutMs: loginTimeout,
      requestTimeoutMs: requestTimeout,
    }));
}

function saltAddress() {
  return z.url({
    protocol: /^https?$/,
    error: 'must be an http or https address, such as http://127.0.0.1:8000',
  });
}

export type SaltConfiguration = z.output<ReturnType<typeof saltConfiguration>>;

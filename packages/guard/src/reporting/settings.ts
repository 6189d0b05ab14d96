import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { checkNumber, checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';
import { type Address, parseAddress } from './address.ts';
import type { ReportingOptions } from './options.ts';

export interface ReportingSettings {
  readonly service: string;
  readonly host: string | undefined;
  readonly addresses: readonly Address[];
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly ca: string | undefined;
  readonly heartbeatSickMs: number;
  readonly heartbeatOkMs: number;
  readonly timeoutMs: number;
}

const testRunners = ['VITEST', 'NODE_TEST_CONTEXT', 'JEST_WORKER_ID'] as const;

export type Environment = Readonly<
  Partial<
    Record<
      | `PRUNELLA_${'HEALER' | 'SERVICE' | 'HOST' | 'TOKEN' | 'TOKEN_FILE' | 'CA_FILE' | 'IN_TESTS'}`
      | 'KUBERNETES_SERVICE_HOST'
      | (typeof testRunners)[number],
      string | undefined
    >
  >
>;

/** Null, with the reason where it may surprise somebody, where nothing is to be reported. */
export function settleReporting(
  options: ReportingOptions,
  environment: Environment,
): ReportingSettings | { readonly silent: string | null } {
  checkObject('reporting', options, [
    'service',
    'healer',
    'token',
    'tokenFile',
    'caFile',
    'host',
    'heartbeatSickMs',
    'heartbeatOkMs',
    'timeoutMs',
    'inTests',
  ]);
  for (const option of ['token', 'tokenFile'] as const) {
    const given = options[option];
    // A token is not to be shown.
    if (given !== undefined && typeof given !== 'string')
      throw new OptionError(option, typeof given, 'a text');
  }
  const { inTests = environment.PRUNELLA_IN_TESTS === '1' } = options;
  if (typeof inTests !== 'boolean') throw new OptionError('inTests', inTests, 'true or false');
  const addresses = addressesOf(options.healer ?? environment.PRUNELLA_HEALER);
  const service = options.service ?? environment.PRUNELLA_SERVICE;
  const host = options.host ?? environment.PRUNELLA_HOST ?? systemHost(environment);
  if (service !== undefined) checkName('service', service);
  if (host !== undefined) checkName('host', host);
  const settings = {
    host,
    addresses,
    token: options.token ?? environment.PRUNELLA_TOKEN,
    tokenFile: options.tokenFile ?? environment.PRUNELLA_TOKEN_FILE,
    ca: readCertificates(options.caFile ?? environment.PRUNELLA_CA_FILE),
    heartbeatSickMs: checkNumber('heartbeatSickMs', options.heartbeatSickMs ?? 5_000, 50, 60_000),
    heartbeatOkMs: checkNumber('heartbeatOkMs', options.heartbeatOkMs ?? 30_000, 50, 600_000),
    timeoutMs: checkNumber('timeoutMs', options.timeoutMs ?? 5_000, 50, 60_000),
  };
  if (addresses.length === 0) return { silent: null };
  const runner = testRunner(environment);
  if (runner !== undefined && !inTests) {
    return {
      silent:
        `nothing is reported to the healer, since this is a test run (${runner} is set);` +
        ' set PRUNELLA_IN_TESTS=1 or the option inTests to report all the same',
    };
  }
  if (service === undefined) {
    return {
      silent:
        'nothing is reported to the healer, since this application has no name; set PRUNELLA_SERVICE' +
        ' or the option service of configureReporting',
    };
  }
  return { ...settings, service };
}

function addressesOf(given: unknown): Address[] {
  const list = typeof given === 'string' ? given.split(',').map((part) => part.trim()) : (given ?? []);
  if (!Array.isArray(list) || list.length > 16) {
    throw new OptionError('healer', given, 'an address or a list of at most 16');
  }
  return list.filter((part) => part !== '').map(parseAddress);
}

function readCertificates(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Refused below, as one without a certificate is.
  }
  if (!text.includes('BEGIN CERTIFICATE')) {
    throw new OptionError('caFile', file, 'a readable file with certificates in PEM');
  }
  return text;
}

function checkName(option: string, given: unknown): void {
  if (typeof given !== 'string' || !/^[^/\s\p{Cc}]{1,90}$/u.test(given)) {
    throw new OptionError(option, given, '1 to 90 characters without slashes and spaces');
  }
}

/** A pod's name is not the name of its host, and `localhost` is nobody's. */
function systemHost(environment: Environment): string | undefined {
  const name = hostname();
  const real = environment.KUBERNETES_SERVICE_HOST === undefined && /^[^/\s]{1,90}$/.test(name);
  return real && !name.startsWith('localhost') ? name : undefined;
}

function testRunner(environment: Environment): string | undefined {
  return testRunners.find((name) => environment[name] !== undefined);
}

import type { FaultKind } from '@prunella/protocol';
import type { OperatorCommand } from '../../decide/input.ts';
import type { Effect, Playbook, Step } from '../../playbook/playbook.ts';
import { calmNetwork, type NetworkWeather } from '../network.ts';
import { Random } from '../random.ts';
import type { CrashPoint, OrderFate } from './fates.ts';
import type { Happening, History, HistoryResource, HistoryService, PersonAnswer } from './history.ts';
import { simulatedPlaybook, simulatedStep } from './playbook.ts';
import { stageHistory } from './staged.ts';

const second = 1_000;
const minute = 60_000;
const hour = 60 * minute;

/** How much goes wrong beside the outage itself. Quiet ones are where a missing repair is found. */
type Weather = 'quiet' | 'rough' | 'wild';

/** One simulated hour around at least one outage. */
export function generateHistory(seed: number): History {
  const random = new Random(seed).fork('history');
  if (random.chance(0.3)) return stageHistory(random, seed);
  const weather = random.pick<Weather>(['quiet', 'quiet', 'rough', 'wild']);
  const resources = makeResources(random);
  const services = makeServices(random, resources);
  const happenings = [
    ...outages(random, resources, weather),
    ...(weather === 'quiet' ? [] : troubles(random, resources, services, weather === 'wild' ? 6 : 3)),
  ].sort((left, right) => left.at - right.at);
  return {
    seed,
    about: `${weather} hour`,
    durationMs: hour,
    resources,
    services,
    network: makeNetwork(random, weather),
    healer: {
      driftPerMillion: weather === 'quiet' ? 0 : random.whole(-200, 200),
      commitMs: weather === 'wild' ? [1, 400] : [1, 10],
    },
    targetsCheckFences: random.chance(0.7),
    targetsBehindMs: weather === 'wild' ? random.pick([0, 10 * minute]) : 0,
    answers: Array.from({ length: 6 }, () => makeAnswer(random)),
    fates: Array.from({ length: 8 }, () => makeFate(random, weather)),
    happenings,
  };
}

/** One or two of several nodes, or a fleet of small ones, in which what is many at once can be seen. */
function makeResources(random: Random): HistoryResource[] {
  const count = random.pick([1, 1, 1, 2, 2, 4]);
  const sharedTarget = count === 2 && random.chance(0.4);
  const dependent = random.chance(0.3);
  const domains = random.chance(0.3);
  return Array.from({ length: count }, (_, index) => {
    const resource = `store/s${index + 1}`;
    const size = count > 2 ? 1 : random.pick([1, 1, 2, 3]);
    const nodes = Array.from({ length: size }, (_each, number) => {
      const name = `s${index + 1}n${number + 1}`;
      const target = sharedTarget && number === 0 ? 'minion-shared' : `minion-${name}`;
      return { name, target, ...(domains && { domain: `rack${((index + number) % 2) + 1}` }) };
    });
    const dependsOn = dependent && index === 1 ? ['store/s1'] : [];
    return {
      facts: { resource, nodes, labels: {} },
      playbook: makePlaybook(random, resource, size, dependsOn),
    };
  });
}

function makePlaybook(
  random: Random,
  resource: string,
  size: number,
  dependsOn: readonly string[],
): Playbook {
  const effects = random.pick<readonly [Effect, ...Effect[]]>([
    ['repairs', 'disrupts'],
    ['repairs', 'disrupts'],
    ['disrupts'],
    ['restores', 'repairs', 'disrupts'],
    ['repairs'],
  ]);
  const afters = [random.whole(0, 3), random.whole(3, 6), random.whole(6, 10)];
  const [first, ...others] = effects.map((effect, index) =>
    makeStep(random, effect, index, afters[index] ?? 0),
  );
  const isProbed = random.chance(0.85);
  const plain = simulatedPlaybook(
    resource,
    [first ?? simulatedStep({ id: 'step-1', effect: 'repairs' }), ...others],
    {
      open: {
        afterMs: random.pick([30, 60, 60]) * second,
        quorum: random.pick([
          { share: 0.5, hosts: 2, hostsWritten: false },
          { share: 0.3, hosts: 1, hostsWritten: true },
          { share: 0.8, hosts: 2, hostsWritten: false },
        ]),
        ...(isProbed ? {} : { confirm: { by: 'none' } as const }),
        signals: random.chance(0.3) ? [{ type: 'alert' }] : [],
      },
      limits: {
        attemptsPerDay: random.pick([4, 4, 2, 6]),
        disruptivePerFleetHour: random.pick([5, 1, 2]),
        blastRadiusNodes: random.pick([1, 1, size]),
        approvalMs: random.pick([15, 5]) * minute,
        relapseMs: random.pick([30, 5]) * minute,
        blastRadiusShare: random.pick([1, 0.5]),
        blastRadiusDomains: random.pick([1, 2]),
        healthyShare: random.pick([0.5, 0.9]),
        ineffectiveInARow: random.pick([3, 3, 2, 1]),
        flappingOpenings: random.pick([3, 2]),
        afterOwnAttemptMs: random.pick([5, 2]) * minute,
      },
    },
  );
  return { ...plain, dependsOn, ...(random.chance(0.15) && { windows: makeWindows(random) }) };
}

/** The world begins on a Friday at 08:00. */
function makeWindows(random: Random): NonNullable<Playbook['windows']> {
  const from = 8 * 60 + random.whole(0, 40);
  const window = { days: [5], fromMinute: from, toMinute: from + random.whole(5, 40) };
  const isAllowed = random.chance(0.5);
  return { timeZone: 'UTC', allowed: isAllowed ? [window] : [], maintenance: isAllowed ? [] : [window] };
}

function makeStep(random: Random, effect: Effect, index: number, afterMinutes: number): Step {
  return simulatedStep({
    id: `step-${index + 1}`,
    effect,
    afterMs: afterMinutes * minute,
    everyMs: random.whole(3, 10) * minute,
    max: random.pick([1, 2, 2, 3]),
    autonomy: random.pick(['auto', 'auto', 'auto', 'ask', 'shadow']),
    deadlineMs: random.pick([30, 90]) * second,
    notAfterMs: random.pick([10, 30]) * second,
    target: random.chance(0.1)
      ? { select: 'expression', expression: 's*', matcher: 'glob' }
      : { select: 'failing-nodes' },
    verify: {
      windowMs: random.pick([60, 120]) * second,
      soakMs: random.pick([15, 30]) * second,
      cohortShare: random.pick([0.8, 0.5, 1]),
    },
    onHold: random.chance(0.15) ? 'next' : 'wait',
    ...(random.chance(0.1) && { when: ['unreachable', 'timeout'] as const }),
  });
}

function makeServices(random: Random, resources: readonly HistoryResource[]): HistoryService[] {
  const names = resources.map(({ facts }) => facts.resource);
  return Array.from({ length: random.pick([1, 1, 2]) }, (_, index) => ({
    name: `service${index + 1}`,
    hosts: Array.from({ length: random.pick([2, 3, 4]) }, (_each, host) => `web${index * 4 + host + 1}`),
    resources: index === 0 ? names : names.slice(0, 1),
    callEveryMs: random.whole(3, 12) * second,
  }));
}

function makeNetwork(random: Random, weather: Weather): NetworkWeather {
  if (weather === 'quiet') return { ...calmNetwork, leastDelayMs: 1, mostDelayMs: 20 };
  return {
    lossShare: random.pick([0, 0.02, 0.1]),
    doubleShare: random.pick([0, 0.02, 0.1]),
    leastDelayMs: 1,
    mostDelayMs: random.pick([50, 500, 2_500]),
  };
}

function makeAnswer(random: Random): PersonAnswer {
  return {
    says: random.chance(0.8) ? 'yes' : 'no',
    afterMs: random.pick([20 * second, 2 * minute, 6 * minute, 20 * minute]),
  };
}

function makeFate(random: Random, weather: Weather): OrderFate {
  if (random.chance(weather === 'quiet' ? 0.7 : 0.4)) return 'succeeds';
  return random.pick<OrderFate>([
    'fails',
    'lies',
    'hangs',
    'half',
    'late',
    'twice',
    'lost',
    'unsent',
    'succeeds',
  ]);
}

function outages(random: Random, resources: readonly HistoryResource[], weather: Weather): Happening[] {
  const most = resources.length > 2 ? ([2, 3, 4] as const) : ([1, 1, 2, 3] as const);
  const count = weather === 'quiet' ? 1 : random.pick(most);
  const together = random.whole(2 * minute, 25 * minute);
  const isTogether = random.chance(0.5);
  return Array.from({ length: count }, () => {
    const { facts } = random.pick([resources[0] ?? never(), ...resources]);
    const whole = facts.nodes.length === 1 || random.chance(0.5);
    const kinds: readonly [FaultKind, ...FaultKind[]] =
      weather === 'quiet'
        ? ['unreachable', 'unreachable', 'not-primary', 'corrupt']
        : ['unreachable', 'unreachable', 'timeout', 'overloaded', 'starting', 'auth', 'resource-exhausted'];
    return {
      at: isTogether ? together + random.whole(0, minute) : random.whole(2 * minute, 25 * minute),
      what: 'breaks' as const,
      resource: facts.resource,
      node: whole ? null : (facts.nodes[random.whole(0, facts.nodes.length - 1)]?.name ?? null),
      kind: random.pick(kinds),
      cures: random.pick<readonly Effect[]>([['repairs', 'disrupts'], ['disrupts'], ['repairs'], []]),
      forMs: random.chance(0.35) ? random.whole(30 * second, 20 * minute) : null,
    };
  });
}

function never(): never {
  throw new Error('a history has at least one resource');
}

function troubles(
  random: Random,
  resources: readonly HistoryResource[],
  services: readonly HistoryService[],
  most: number,
): Happening[] {
  const count = random.whole(1, most);
  return Array.from({ length: count }, () => {
    const at = random.whole(minute, 50 * minute);
    const { facts } = resources[random.whole(0, resources.length - 1)] ?? resources[0] ?? never();
    const service = services[random.whole(0, services.length - 1)]?.name ?? '';
    const node = facts.nodes[random.whole(0, facts.nodes.length - 1)] ?? facts.nodes[0] ?? never();
    const forMs = random.whole(5 * second, 8 * minute);
    const { resource } = facts;
    return random.pick<Happening>([
      { at, what: 'cut', ...makeCut(random, node.name), forMs },
      { at, what: 'healer-crashes', ...makeCrash(random) },
      { at, what: 'healer-crashes', ...makeCrash(random) },
      { at, what: 'paused', forMs },
      { at, what: 'clock-set', byMs: random.pick([-60, -5, 5, 90]) * second },
      { at, what: 'signal', resource, node: random.chance(0.5) ? node.name : null, type: 'alert' },
      { at, what: 'deployed', service, how: random.chance(0.5) ? 'crash' : 'goodbye' },
      { at, what: 'gone', service, how: random.chance(0.5) ? 'crash' : 'goodbye' },
      { at, what: 'other-repairs', resource, node: node.name },
      { at, what: 'minion-silent', target: node.target ?? '', forMs },
      { at, what: 'own-fault', service, resource, kind: random.pick(['caller', 'local', 'timeout']), forMs },
      { at, what: 'person-says', resource, command: makeSaying(random) },
      { at, what: 'person-says', resource, command: makeSaying(random) },
      {
        at,
        what: 'others-act',
        resource,
        as: random.pick(['salt-job', 'failover', 'highstate']),
        targets: random.chance(0.5) && node.target !== undefined ? [node.target] : null,
        forMs,
      },
      { at, what: 'loaded', resource, utilisation: random.pick([0.5, 0.95, 1.2]), forMs },
    ]);
  });
}

function makeSaying(random: Random): OperatorCommand['command'] {
  const forMs = random.whole(1, 15) * minute;
  const reason = 'looking at it';
  return random.pick<OperatorCommand['command']>([
    { type: 'close', reason },
    { type: 'resume-ladder' },
    { type: 'claim', reason },
    { type: 'release' },
    { type: 'maintenance-begin', forMs, reason },
    { type: 'maintenance-end' },
    { type: 'announce-deploy', forMs, what: 'a new version' },
  ]);
}

function makeCut(random: Random, node: string): { readonly from: string; readonly to: string } {
  return random.pick([
    { from: 'healer', to: 'host:*' },
    { from: 'healer', to: 'backend' },
    { from: 'healer', to: 'node:*' },
    { from: 'host:web1', to: 'healer' },
    { from: 'host:*', to: `node:${node}` },
    { from: 'backend', to: `node:${node}` },
  ]);
}

function makeCrash(random: Random): {
  readonly point: CrashPoint;
  readonly event: string | null;
  readonly downForMs: number;
} {
  return {
    point: random.pick<CrashPoint>(['now', 'before-commit', 'after-commit', 'after-send']),
    event: random.pick([
      null,
      'attempt-intended',
      'attempt-dispatched',
      'attempt-ended',
      'incident-opened',
      'verdict-given',
    ]),
    downForMs: random.pick([200, 5 * second, 40 * second, 3 * minute]),
  };
}

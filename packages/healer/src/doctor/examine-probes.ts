import type { Configuration } from '../configuration/configuration.ts';
import type { Environment } from '../configuration/secret.ts';
import { engineResources } from '../healer/engine-resources.ts';
import type { Probe } from '../probes/probe.ts';
import { type Finding, messageOf, well } from './finding.ts';

const check = 'probes';
const atOnce = 16;
/** More would keep whoever asks waiting; what is left out is told. */
const mostProbes = 500;

interface Placed {
  readonly resource: string;
  readonly node: string | null;
  readonly probe: Probe;
}

/**
 * Each declared probe, once. The healer itself probes only when something is wrong: a wrong password of its own
 * would show in an outage first.
 */
export async function examineProbes(
  configuration: Configuration,
  environment: Environment,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  let placed: readonly Placed[];
  try {
    placed = await declaredProbes(configuration, environment);
  } catch (error) {
    return [
      {
        check,
        state: 'problem',
        what: `the probes cannot be made: ${messageOf(error)}`,
        why: 'without them nothing is confirmed, and no repair is seen to have helped',
        remedy: 'set it for the user of the healer, or correct where prunella.yaml looks for it',
      },
    ];
  }
  const tried = placed.slice(0, mostProbes);
  const waiting = tried.values();
  const failures: Finding[] = [];
  const tryNext = async (): Promise<void> => {
    for (const each of waiting) failures.push(...(await examineOne(each, signal)));
  };
  await Promise.all(Array.from({ length: atOnce }, tryNext));
  const passed = tried.length - failures.length;
  const left = placed.length - tried.length;
  const note = left === 0 ? '' : `; ${left} more were not tried`;
  return [
    ...failures,
    ...(passed === 0 && note === '' ? [] : [well(check, `${passed} of ${tried.length} pass${note}`)]),
  ];
}

async function declaredProbes(
  configuration: Configuration,
  environment: Environment,
): Promise<readonly Placed[]> {
  const resources = await engineResources(configuration, environment);
  return resources.flatMap(({ facts, probes }) =>
    probes.map(({ node, probe }) => ({ resource: facts.resource, node, probe })),
  );
}

async function examineOne(
  { resource, node, probe }: Placed,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const outcome = await probe.run(signal);
  if (outcome.passed) return [];
  const of = node === null ? resource : `node ${node} of ${resource}`;
  if (outcome.kind === 'auth') {
    return [
      {
        check,
        state: 'problem',
        what: `${of} refuses the account of its probe: ${outcome.detail}`,
        why: 'this probe fails also while all is well: repairs are tried, and none is seen to have helped',
        remedy: 'correct user and password of this probe in prunella.yaml, then `prunella reload`',
      },
    ];
  }
  return [
    {
      check,
      state: 'warning',
      what: `the probe of ${of} fails now: ${outcome.detail}`,
      why: 'it is down, or the probe looks at the wrong place',
      remedy: 'see whether it runs (`prunella explain`), and where it listens',
    },
  ];
}

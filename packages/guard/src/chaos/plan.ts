import { type FaultKind, faultKinds, isFaultKind } from '@prunella/protocol';
import { checkNumber, checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';

/** What happens to calls. Left out is 0. */
export interface ChaosPlan {
  /** The share of calls that fail with this kind, 0 to 1; all shares and `hang` together at most 1. */
  readonly faults?: Readonly<Partial<Record<FaultKind, number>>>;
  /** The share of calls that are never answered, 0 to 1. */
  readonly hang?: number;
  /** Of the calls that fail or hang, the share that is made all the same: its outcome is unknown. 0 to 1. */
  readonly outcomeUnknown?: number;
  /** Before each call, in ms: 0 to 3,600,000. */
  readonly latencyMs?: number;
  /** Up to so much more, at random, in ms: 0 to 3,600,000. */
  readonly jitterMs?: number;
  /** Pings and reconnects meet the same. Default true; false: the resource looks well to who only pings it. */
  readonly pings?: boolean;
}

/** A plan for a while. */
export type ChaosStage = ChaosPlan &
  (
    | {
        /** In ms of the clock: 0 to 3,600,000. */
        readonly forMs: number;
      }
    | {
        /** So many calls, pings not counted: 1 to 1,000,000,000. Repeats exactly, whatever the machine's speed. */
        readonly forCalls: number;
      }
  );

/** A plan, checked, with every default filled in. */
export interface SettledPlan {
  readonly faults: readonly (readonly [FaultKind, number])[];
  readonly hang: number;
  readonly outcomeUnknown: number;
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly pings: boolean;
}

export interface SettledStage {
  readonly plan: SettledPlan;
  readonly forMs: number;
  readonly forCalls: number;
}

const names = ['faults', 'hang', 'outcomeUnknown', 'latencyMs', 'jitterMs', 'pings'];
const hourMs = 3_600_000;

export const calm: SettledPlan = {
  faults: [],
  hang: 0,
  outcomeUnknown: 0,
  latencyMs: 0,
  jitterMs: 0,
  pings: true,
};

export function settlePlan(given: ChaosPlan, further: readonly string[] = []): SettledPlan {
  checkObject('plan', given, [...names, ...further]);
  const { pings = true } = given;
  if (typeof pings !== 'boolean') throw new OptionError('pings', pings, 'true or false');
  const plan = {
    faults: settleFaults(given.faults ?? {}),
    hang: checkNumber('hang', given.hang ?? 0, 0, 1),
    outcomeUnknown: checkNumber('outcomeUnknown', given.outcomeUnknown ?? 0, 0, 1),
    latencyMs: checkNumber('latencyMs', given.latencyMs ?? 0, 0, hourMs),
    jitterMs: checkNumber('jitterMs', given.jitterMs ?? 0, 0, hourMs),
    pings,
  };
  const sum = plan.faults.reduce((shares, [, share]) => shares + share, plan.hang);
  // A little more than 1 is what 0.7 and 0.2 and 0.1 add up to.
  if (sum > 1 + 1e-9) throw new OptionError('faults and hang', `${sum} in all`, 'shares of at most 1 in all');
  return plan;
}

export function settleStages(given: readonly ChaosStage[]): SettledStage[] {
  if (!Array.isArray(given) || given.length === 0 || given.length > 1_000) {
    throw new OptionError('scenario', given, 'a list of 1 to 1,000 stages');
  }
  return given.map((stage: ChaosStage) => {
    const plan = settlePlan(stage, ['forMs', 'forCalls']);
    if ('forMs' in stage === 'forCalls' in stage) {
      throw new OptionError('scenario', stage, 'either forMs or forCalls in each stage');
    }
    return 'forMs' in stage
      ? { plan, forMs: checkNumber('forMs', stage.forMs, 0, hourMs), forCalls: Number.POSITIVE_INFINITY }
      : {
          plan,
          forMs: Number.POSITIVE_INFINITY,
          forCalls: checkNumber('forCalls', stage.forCalls, 1, 1e9, true),
        };
  });
}

function settleFaults(given: NonNullable<ChaosPlan['faults']>): SettledPlan['faults'] {
  checkObject('faults', given, faultKinds);
  return Object.entries(given).flatMap(([kind, share]) =>
    isFaultKind(kind) ? [[kind, checkNumber(`faults.${kind}`, share, 0, 1)] as const] : [],
  );
}

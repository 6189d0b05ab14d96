import type { TargetOutcome } from '@prunella/core';
import type { OrderedCall } from './actions.ts';
import type { MinionReturn } from './client.ts';
import { expectationProblem } from './expectation.ts';
import { hideSecrets } from './hide-secrets.ts';
import { compilerText, failuresText } from './state-failures.ts';
import { namedStates } from './state-names.ts';
import { isRecord, type JsonRecord } from './value.ts';

export interface Judgement {
  readonly outcome: Extract<TargetOutcome['outcome'], 'succeeded' | 'failed' | 'unknown' | 'refused'>;
  readonly detail: string;
  /** Nothing ran because another state run was under way: it may be ordered again. */
  readonly busy?: true;
}

/** What must be known of an order to judge what came back. */
export type JudgedCall = Pick<OrderedCall, 'function' | 'expects'>;

const longestDetail = 300;
const longestRead = 4_000;

/** What one minion's return means, by the function that it ran. HTTP 200 and a `true` elsewhere mean nothing. */
export function judge(call: JudgedCall, given: MinionReturn): Judgement {
  const { value, retcode } = given;
  const { function: functionName, expects } = call;
  if (isUnavailable(value)) return failed(text(value));
  if (functionName.startsWith('state.')) return judgeStates(value, retcode, functionName === 'state.test');
  if (functionName.startsWith('service.')) return judgeService(functionName, value, retcode);
  const problem = expectationProblem(expects, value, retcode);
  if (problem === null) return succeeded('returned as expected');
  return failed(`${problem}: returned ${text(value)} (retcode ${retcode ?? 'unknown'})`);
}

/** What `prunella.apply` gave back; null where the minion has no such module, so that nothing ran. */
export function judgeFenced(call: JudgedCall, given: MinionReturn): Judgement | null {
  const { value } = given;
  if (isModuleMissing(value)) return null;
  if (!isRecord(value) || value['prunella'] !== 1) {
    return { outcome: 'unknown', detail: shown(`prunella.apply did not end orderly: ${text(value)}`) };
  }
  const comment = text(value['comment']);
  switch (value['status']) {
    case 'done':
      return ended(judge(call, inner(value)));
    case 'repeated': {
      const recorded = judge(call, inner(value));
      return { outcome: recorded.outcome, detail: cut(`${recorded.detail} (as recorded when it ran)`) };
    }
    case 'refused':
      return {
        outcome: 'refused',
        detail: cut(`refused (${text(value['code'])}): ${comment}`),
        // The module leaves no record of this refusal, so the same attempt may be ordered again.
        ...(value['code'] === 'state-running' ? { busy: true as const } : {}),
      };
    default:
      return { outcome: 'unknown', detail: cut(`${text(value['status'])}: ${comment}`) };
  }
}

/** A recorded order is answered from its record for ever after, so it is not worth another try. */
function ended({ outcome, detail }: Judgement): Judgement {
  return { outcome, detail };
}

/** Both texts come from Salt itself: the module is not there, or it said that it cannot work there. */
export function isModuleMissing(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    (/^'prunella\.\w+' is not available/.test(value) ||
      value.startsWith("'prunella' __virtual__ returned False"))
  );
}

function inner(value: JsonRecord): MinionReturn {
  const { retcode } = value;
  return { value: value['return'], retcode: typeof retcode === 'number' ? retcode : null };
}

function isUnavailable(value: unknown): boolean {
  return typeof value === 'string' && /^'[^']+' (is not available|__virtual__ returned False)/.test(value);
}

function judgeService(functionName: string, value: unknown, retcode: number | null): Judgement {
  if (value === true && (retcode === 0 || retcode === null))
    return succeeded(`${functionName} returned true`);
  return failed(`${functionName} returned ${text(value)} (retcode ${retcode ?? 'unknown'})`);
}

function judgeStates(value: unknown, retcode: number | null, isRehearsal: boolean): Judgement {
  if (Array.isArray(value)) {
    const lines = compilerText(value);
    if (!/ is running as PID /.test(lines)) return failed(`no state was applied: ${lines}`);
    return { ...failed(`another state run was under way: ${lines}`), busy: true };
  }
  const states = namedStates(value);
  // States cut short, which hold what people must not see.
  if (states === null && (isRecord(value) || (typeof value === 'string' && value.startsWith('{'))))
    return failed('the minion returned something else than the states that it applied');
  if (states === null) return failed(`no state was applied: ${text(value)}`);
  if (states.length === 0) return failed('no state was applied: the minion returned an empty map');
  const broken = states.filter(({ state }) => state['result'] === false);
  if (broken.length > 0)
    return failed(`${broken.length} of ${states.length} states failed: ${failuresText(broken, states)}`);
  if (retcode !== null && retcode !== 0) return failed(`retcode ${retcode} although no state says it failed`);
  const pending = states.filter(({ state }) => state['result'] === null).length;
  if (isRehearsal) return succeeded(`${pending} of ${states.length} states would change something`);
  if (pending > 0) return failed(`${pending} of ${states.length} states were only tested, not applied`);
  return succeeded(`${states.length} ${states.length === 1 ? 'state' : 'states'} applied`);
}

function succeeded(detail: string): Judgement {
  return { outcome: 'succeeded', detail: shown(detail) };
}

function failed(detail: string): Judgement {
  return { outcome: 'failed', detail: shown(detail) };
}

/** What a minion wrote goes into the log and before people; a return can be as large as an answer may be. */
function shown(detail: string): string {
  return cut(hideSecrets(detail.slice(0, longestRead)));
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value) ?? 'nothing';
}

function cut(value: string): string {
  return value.length <= longestDetail ? value : `${value.slice(0, longestDetail - 1)}\u2026`;
}

import { duration, minuteText } from '../decide/wording.ts';
import { wallTime } from '../windows/wall-clock.ts';
import { isInWindow, nextWindowChange } from '../windows/weekly.ts';
import type { Guardrail, GuardrailFacts } from './guardrail.ts';

/** People work on it, as they said, or as the playbook knows. */
export const maintenance: Guardrail = {
  name: 'maintenance',
  over: 'every attempt',
  check: (facts) => declared(facts) ?? planned(facts),
};

function declared({ now, state }: GuardrailFacts) {
  const declaredNow = state.around?.maintenance;
  if (declaredNow === undefined || now >= declaredNow.until) return null;
  const { by, reason, at, until } = declaredNow;
  return {
    guardrail: 'maintenance',
    reason: `maintenance by ${by}${reason === '' ? '' : ` (${reason})`} for ${duration(now - at)}, until ${minuteText(until)}`,
    until,
    remedy: `prunella maintenance end ${state.resource}`,
  };
}

function planned({ now, playbook }: GuardrailFacts) {
  const { windows } = playbook;
  if (windows === undefined || windows.maintenance.length === 0) return null;
  const { timeZone } = windows;
  if (!isInWindow(windows.maintenance, timeZone, now)) return null;
  const until = nextWindowChange(windows.maintenance, timeZone, now);
  const there = until === null || timeZone === 'UTC' ? '' : `, ${wallTime(until, timeZone)} there`;
  const end =
    until === null ? 'for good' : `for another ${duration(until - now)}, until ${minuteText(until)}${there}`;
  return {
    guardrail: 'maintenance',
    reason: `a maintenance window of playbook ${playbook.name} (${timeZone}) lasts ${end}`,
    until,
    remedy: 'wait for its end, or change windows.maintenance in the playbook',
  };
}

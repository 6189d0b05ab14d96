import { duration, timeText } from '../decide/wording.ts';
import { wallTime } from '../windows/wall-clock.ts';
import { isInWindow, nextWindowChange } from '../windows/weekly.ts';
import type { Guardrail } from './guardrail.ts';

/** Repairs run when those who would mend a failed one are at work. */
export const windows: Guardrail = {
  name: 'windows',
  over: 'all but what restores',
  check: ({ now, playbook }) => {
    if (playbook.windows === undefined || playbook.windows.allowed.length === 0) return null;
    const { allowed, timeZone } = playbook.windows;
    if (isInWindow(allowed, timeZone, now)) return null;
    const until = nextWindowChange(allowed, timeZone, now);
    const there = until === null || timeZone === 'UTC' ? '' : `, ${wallTime(until, timeZone)} there`;
    const opens = until === null ? 'never' : `in ${duration(until - now)}, at ${timeText(until)}${there}`;
    return {
      guardrail: 'windows',
      reason: `it is outside of the windows of playbook ${playbook.name} (${timeZone}); the next opens ${opens}`,
      until,
      remedy: 'repair by hand, or change windows.allowed in the playbook',
    };
  },
};

import type { Problem } from '../document/problem.ts';
import type { WrittenDocument } from '../document/source-document.ts';
import { valueAt } from '../document/value-path.ts';
import { skippedSpans } from '../windows/wall-clock.ts';
import { isEverAllowed } from '../windows/weekly.ts';
import type { Playbook, WindowPolicy } from './playbook.ts';

/** Windows that together leave no time for an attempt, or that mean more time than they look. */
export function checkWindows({ windows }: Playbook, document: WrittenDocument): readonly Problem[] {
  if (windows === undefined) return [];
  if (isEverAllowed(windows)) return [...wideWindows(document), ...skippedWindows(windows, document)];
  return [
    document.problemAt(['windows'], {
      code: 'windows-never-open',
      message: 'no minute of the week is left in which an attempt may run',
      suggestion: 'write shorter `maintenance`, or an `allowed` window outside of it',
    }),
  ];
}

function wideWindows(document: WrittenDocument): readonly Problem[] {
  const problems: Problem[] = [];
  const allowed = valueAt(document.value, ['windows', 'allowed']);
  if (Array.isArray(allowed) && allowed.length === 0) {
    problems.push(
      document.problemAt(['windows', 'allowed'], {
        severity: 'warning',
        code: 'windows-wide',
        message: 'an empty list allows any time, it does not forbid all',
        suggestion: 'leave it out; for no attempts at all write `autonomy: shadow` at the steps',
      }),
    );
  }
  for (const list of ['allowed', 'maintenance']) {
    const written = valueAt(document.value, ['windows', list]);
    if (!Array.isArray(written)) continue;
    for (const [index, window] of written.entries()) {
      const from = valueAt(window, ['from']);
      if (from === undefined || from !== valueAt(window, ['to'])) continue;
      problems.push(
        document.problemAt(['windows', list, index], {
          severity: 'warning',
          code: 'windows-wide',
          message: `from ${String(from)} to ${String(from)} is a whole day`,
          suggestion: "write '00:00' to '24:00' where a whole day is meant",
        }),
      );
    }
  }
  return problems;
}

/** Any will do, and it must be the same on every day on which a playbook is checked. */
const exampleYear = 2027;

function skippedWindows(policy: WindowPolicy, document: WrittenDocument): readonly Problem[] {
  const { timeZone } = policy;
  const spans = skippedSpans(timeZone, exampleYear);
  return (['allowed', 'maintenance'] as const).flatMap((list) =>
    policy[list].flatMap(({ days, fromMinute, toMinute }, index) => {
      const over = spans.find(
        (span) =>
          days.includes(span.weekday) &&
          fromMinute < toMinute &&
          fromMinute >= span.fromMinute &&
          toMinute <= span.toMinute,
      );
      if (over === undefined) return [];
      const span = `${clockText(over.fromMinute)} to ${clockText(over.toMinute)}`;
      return [
        document.problemAt(['windows', list, index], {
          severity: 'warning',
          code: 'windows-skipped',
          message: `the clock of ${timeZone} skips ${span} once a year: this window does not come on that day`,
          suggestion: 'let it begin earlier or end later, or write `timeZone: UTC`',
        }),
      ];
    }),
  );
}

function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

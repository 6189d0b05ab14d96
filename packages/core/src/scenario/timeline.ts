import { describeEvent } from '../describe/describe-event.ts';
import { formatDuration } from '../document/duration.ts';
import type { Entry } from '../simulate/record.ts';
import type { ScenarioRun } from './run.ts';

export interface TimelineLine {
  /** In ms since `0s` of the scenario; what was before is negative. */
  readonly atMs: number;
  /** `healer`: what it saw, decided and did. `world`: what happened whether or not it knew. */
  readonly of: 'healer' | 'world';
  readonly resource: string | null;
  readonly type: string;
  readonly text: string;
}

/** What instances and probes see from moment to moment: told only where everything is asked for. */
const details: ReadonlySet<string> = new Set([
  'summary-changed',
  'instances-changed',
  'probe-changed',
  'targets-resolved',
]);

/** What a person would tell of a run; with `all` every change of what is seen, too. */
export function timelineOf(run: ScenarioRun, all = false): readonly TimelineLine[] {
  return run.entries.flatMap((entry) => {
    const line = timelineLine(entry, run.settledMs);
    return line === null || (!all && details.has(line.type)) ? [] : [line];
  });
}

/** Null for what is only between machines. */
function timelineLine(entry: Entry, settledMs: number): TimelineLine | null {
  const atMs = Math.round(entry.at - settledMs);
  const line = (
    of: TimelineLine['of'],
    resource: string | null,
    type: string,
    text: string,
  ): TimelineLine => ({
    atMs,
    of,
    resource,
    type,
    text,
  });
  switch (entry.type) {
    case 'event':
      return line('healer', entry.resource, entry.event.type, describeEvent(entry.event));
    case 'truth':
      return line(
        'world',
        entry.resource,
        entry.type,
        `${entry.node} ${entry.fault === null ? 'is well' : `breaks: ${entry.fault}`}`,
      );
    case 'applied':
      return line(
        'world',
        null,
        entry.type,
        `${entry.target} carries out ${entry.attempt}${entry.wasWell ? ', though it was well' : ''}`,
      );
    case 'target-refused':
      return line('world', null, entry.type, `${entry.target} refuses ${entry.attempt}: ${entry.why}`);
    case 'other-repaired':
      return line('world', entry.resource, entry.type, `somebody else mends ${entry.node}`);
    case 'others': {
      const whom = entry.targets === null ? '' : ` on ${entry.targets.join(', ')}`;
      const text = `${entry.what}${whom} by somebody else ${entry.began ? 'begins' : 'ends'}`;
      return line('world', entry.resource, entry.type, text);
    }
    case 'loaded': {
      const text = `${Math.round(entry.utilisation * 100)} % of its ${entry.of} are in use`;
      return line('world', entry.resource, entry.type, text);
    }
    case 'healer':
      return line('world', null, entry.type, `the healer ${entry.what}`);
    case 'kill-switch':
      return line('healer', null, entry.type, entry.paused ? 'everything is paused' : 'the pause is over');
    case 'cut':
      return line(
        'world',
        null,
        entry.type,
        `${entry.from} and ${entry.to} ${entry.cut ? 'do not reach' : 'reach'} each other`,
      );
    default:
      return null;
  }
}

/** `5m12s`, `-4m`, to the second. */
export function offsetText(atMs: number): string {
  const rounded = Math.round(atMs / 1_000) * 1_000;
  return `${rounded < 0 ? '-' : ''}${formatDuration(Math.abs(rounded))}`;
}

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatDuration, parseDuration } from '@prunella/core';
import { parse, stringify } from 'yaml';

const article = fileURLToPath(new URL('../../../../examples/playbooks/rethinkdb.yaml', import.meta.url));

/** The article's 5 minutes; its marks are multiples of it. */
export const markMs = 10_000;
const scale = 300_000 / markMs;

/** The article retries each minute. */
export const retryCapMs = 60_000 / scale;

interface StepText {
  readonly action: string;
  readonly after: string;
  readonly every: string;
  readonly soak: string;
}

interface PlaybookText {
  readonly open: object;
  readonly ladder: readonly StepText[];
}

export interface UnscaledTimes {
  readonly highstateDeadline: string;
  readonly restartWindow: string;
}

/**
 * The article's playbook from the disk, its times scaled. What does not become quicker with the scale (a real
 * highstate, an application that looks again, a probe) is given as it is; each deadline, window and soak
 * together stay below the gap to the next mark.
 */
export async function scaledPlaybook(times: Partial<UnscaledTimes> = {}): Promise<string> {
  const { highstateDeadline = '6500ms', restartWindow = '2500ms' } = times;
  const written: PlaybookText = parse(await readFile(article, 'utf8'));
  return stringify({
    ...written,
    open: { ...written.open, after: scaled('60s'), confirm: { every: scaled('5s'), timeout: '1s' } },
    ladder: written.ladder.map((step) => ({
      ...step,
      after: scaled(step.after),
      every: scaled(step.every),
      soak: scaled(step.soak),
      ...(step.action === 'salt.state.highstate'
        ? { deadline: highstateDeadline, window: '2500ms' }
        : { deadline: '6500ms', window: restartWindow }),
    })),
  });
}

function scaled(text: string): string {
  const durationMs = parseDuration(text);
  if (durationMs === null) throw new Error(`${article} has a time that is none: ${text}`);
  return formatDuration(durationMs / scale);
}

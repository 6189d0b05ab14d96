import type { LogEntry } from '@prunella/core';
import { waitFor } from '@prunella/labs';
import type { Stage } from './stage.ts';
import { beginOutage, followOutage, missingFrom, type Outage } from './story.ts';

/** What is waited for at most: with Salt each step takes seconds that the process backend does not need. */
const closedWithinMs = { process: 40_000, salt: 90_000, 'salt-hook': 90_000 } as const;
const settledWithinMs = 15_000;

/** One break of the database, from the signal sent to the last result accounted for. */
export interface OutageReport {
  readonly outage: Outage;
  readonly handledDuringOutage: number;
  readonly instancesOnCache: number;
  readonly reactionsDuringOutage: number;
  /** Since the break. */
  readonly sent: number;
  readonly lost: readonly string[];
  /** What should have been seen and was not; empty where all was. */
  readonly missing: readonly string[];
}

/** Follows the log for the outage in progress, if there is one. */
export class OutageWatch {
  current: Outage | undefined;

  begin(): Outage {
    this.current = beginOutage(Date.now());
    return this.current;
  }

  take(entry: LogEntry): void {
    if (this.current !== undefined) followOutage(this.current, entry);
  }
}

/** Waits until every monitor is in every cache and the healer has heard of all three for a while. */
export async function warmUp(stage: Stage, heard: () => boolean): Promise<void> {
  await waitFor(() => stage.tally.sentCount >= 60 && stage.tally.unhandled < 20 && heard(), {
    what: 'the actioners to be handling results and the healer to have heard of all of them',
  });
}

export async function breakAndWatch(
  stage: Stage,
  watch: OutageWatch,
  repairBy: keyof typeof closedWithinMs,
  signal: 'SIGKILL' | 'SIGSTOP',
  say: (line: string) => void,
): Promise<OutageReport> {
  const { database, tally } = stage;
  tally.beginOutage();
  const outage = watch.begin();
  const pid = await database.kill(signal);
  say(`the database (process ${pid}) gets ${signal}`);
  try {
    await waitFor(() => outage.closedAt !== null, {
      what: 'the incident to be closed',
      deadlineMs: closedWithinMs[repairBy],
    });
  } catch {
    // What is missing is said below, in the report.
  }
  tally.endOutage();
  return report(stage, outage);
}

/** Stops the stream for a moment, so that every result can be accounted for. */
async function report(stage: Stage, outage: Outage): Promise<OutageReport> {
  const { tally, database, actioners } = stage;
  await actioners.stopSending();
  let lost: readonly string[] = ['(the database did not answer)'];
  try {
    await waitFor(
      async () => {
        lost = tally.lost(await database.history());
        return lost.length === 0;
      },
      { what: 'every result to be accounted for', deadlineMs: settledWithinMs, everyMs: 200 },
    );
  } catch {
    // The lost ones are the answer.
  }
  const missing = [...missingFrom(outage)];
  if (tally.instancesOnCache < actioners.count) {
    missing.push(`only ${tally.instancesOnCache} of ${actioners.count} actioners went on from cache`);
  }
  if (tally.handledDuringOutage === 0) missing.push('no result was handled during the outage');
  if (lost.length > 0) missing.push(`${lost.length} results were lost`);
  return {
    outage,
    handledDuringOutage: tally.handledDuringOutage,
    instancesOnCache: tally.instancesOnCache,
    reactionsDuringOutage: tally.reactionsDuringOutage,
    sent: tally.sentSinceOutage,
    lost,
    missing,
  };
}

/** The last line of a headless run that saw everything. */
export function lastLine(report: OutageReport): string {
  const seconds = ((report.outage.closedAt ?? 0) - report.outage.brokenAt) / 1_000;
  return `healed in ${seconds.toFixed(1)} s, ${report.handledDuringOutage} results handled during the outage, ${report.lost.length} lost`;
}

/** The phases, each with the time since the break. */
export function summary({ outage, ...report }: OutageReport): readonly string[] {
  const after = (at: number | null | undefined) =>
    at === null || at === undefined
      ? '     never'
      : `${((at - outage.brokenAt) / 1_000).toFixed(1).padStart(8)} s`;
  const steps = outage.attempts.flatMap((attempt) => [
    `${after(attempt.intendedAt)}  ${attempt.step} begins`,
    `${after(attempt.endedAt)}  ${attempt.step} has ended`,
    `${after(attempt.verdictAt)}  verdict: ${attempt.verdict ?? 'none'}`,
  ]);
  return [
    'Time since the break:',
    `${after(outage.suspectedAt)}  incident suspected`,
    `${after(outage.openedAt)}  incident open`,
    ...steps,
    `${after(outage.closedAt)}  incident closed`,
    `${report.instancesOnCache} actioners went on from cache; ${report.handledDuringOutage} of the ${report.sent} results since the break were handled without the database,`,
    `${report.reactionsDuringOutage} reactions fired meanwhile, ${report.lost.length} results lost`,
  ];
}

import type { ResourceState } from '../decide/state.ts';
import { duration, timeText } from '../decide/wording.ts';
import type { StepRecord } from '../record/step-record.ts';

/** How well each step has done at the resource, one line a step in the playbook's order. */
export function recordLines(
  state: ResourceState,
  steps: readonly { readonly id: string }[],
  now: number,
): readonly string[] {
  const records = state.records ?? [];
  return steps.flatMap(({ id }) => {
    const record = records.find(({ step }) => step === id);
    return record === undefined ? [] : [recordLine(record, now)];
  });
}

export function demotionRemedies(state: ResourceState): readonly string[] {
  return (state.records ?? []).flatMap(({ step, demoted }) =>
    demoted === null ? [] : [`prunella autonomy lift ${state.resource} ${step}`],
  );
}

function recordLine(record: StepRecord, now: number): string {
  const { step, runs, effective, ineffective, unverified, credited, relapsed, harmful, demoted } = record;
  // One that is on its way, or still looked at, has neither helped nor not.
  const judged = effective + ineffective + unverified;
  const over = duration(now - record.firstAt);
  const parts = [
    runs === 0
      ? `${step} has not run yet`
      : judged === 0
        ? `${step} has no verdict yet`
        : `${step} helped ${effective} of ${judged} times in ${over}`,
    ...(ineffective > 0 ? [`${ineffective} ineffective`] : []),
    ...(unverified > 0 ? [`${unverified} unverified`] : []),
    ...(relapsed > 0 ? [`${relapsed} of ${credited} relapsed`] : []),
    ...(record.recoveredFirst > 0 ? [`${record.recoveredFirst} of ${record.decisions} recovered first`] : []),
    ...(harmful > 0 ? [`${harmful} harmful`] : []),
    ...(demoted === null ? [] : [`it asks since ${timeText(demoted.at)}: ${demoted.reason}`]),
  ];
  return parts.join(', ');
}

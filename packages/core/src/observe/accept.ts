import type { Report, ReportRefusal } from '@prunella/protocol';
import type { Instance, ObserveState } from './state.ts';

const replacedEpochsKept = 4;

/**
 * Whether a report is newer than what is known of its instance; null where it is. A straggler of a replaced
 * epoch is harmless; one that goes on counting belongs to a second process with the same instance id.
 */
export function refuseReport(state: ObserveState, report: Report): ReportRefusal | null {
  const instance = state.instances[report.instance];
  if (instance === undefined) {
    if (report.goodbye === true || state.instanceCount < state.instanceLimit) return null;
    return refusal(
      report,
      'not-allowed',
      `the healer already knows ${state.instanceLimit} instances, its limit; raise the limit or make instance ids stable`,
    );
  }
  if (instance.epoch === report.epoch) {
    if (report.sequence > instance.sequence) return null;
    return refusal(
      report,
      'sequence-old',
      `sequence ${report.sequence} is not newer than ${instance.sequence}; nothing is lost, the newer one counts`,
    );
  }
  const replaced = instance.replaced.find((each) => each.epoch === report.epoch);
  if (replaced === undefined) return null;
  if (report.sequence > replaced.sequence) {
    replaced.sequence = report.sequence;
    replaced.heardAgain += 1;
  }
  if (replaced.heardAgain < 2) {
    return refusal(report, 'epoch-replaced', `epoch ${report.epoch} was replaced by ${instance.epoch}`);
  }
  return refusal(
    report,
    'epochs-alternate',
    `two processes report under the instance id ${report.instance}: epochs ${report.epoch} and ${instance.epoch}; give each process its own instance id`,
  );
}

/** Takes over epoch and sequence of an accepted report. */
export function adoptEpoch(instance: Instance, report: Report): void {
  if (instance.epoch !== report.epoch) {
    instance.replaced.push({ epoch: instance.epoch, sequence: instance.sequence, heardAgain: 0 });
    if (instance.replaced.length > replacedEpochsKept) instance.replaced.shift();
    instance.epoch = report.epoch;
  }
  instance.sequence = report.sequence;
}

function refusal(report: Report, code: ReportRefusal['code'], reason: string): ReportRefusal {
  return { instance: report.instance, code, reason: `report of ${report.instance} not taken: ${reason}` };
}

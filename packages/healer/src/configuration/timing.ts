import { durationText } from '@prunella/core';
import { z } from 'zod';

export function timingConfiguration() {
  return z
    .strictObject({
      reportHeartbeat: durationText({ leastMs: 50 })
        .prefault('5s')
        .describe('The longest time between two reports of an instance that is not ok.'),
      reportHeartbeatOk: durationText({ leastMs: 50 })
        .prefault('30s')
        .describe('The same of one that is ok. After a start no share is trusted before this has passed.'),
      graceAfterStart: durationText()
        .prefault('60s')
        .describe(
          "Nothing but what restores runs for this long after the healer's start, unless the playbook says otherwise.",
        ),
    })
    .transform((timing) => ({
      reportHeartbeatMs: timing.reportHeartbeat,
      reportHeartbeatOkMs: timing.reportHeartbeatOk,
      graceAfterStartMs: timing.graceAfterStart,
    }));
}

import type { IncidentView } from '../../src/engine/engine.ts';

/** An open incident whose one attempt waits for a person. */
export const incident: IncidentView = {
  incident: 'i-1',
  resource: 'postgres/main',
  playbook: 'postgres',
  state: 'open',
  openedAt: 1,
  firstFaultAt: 0,
  closedAt: null,
  story: 'down',
  attempts: [
    {
      attempt: 'a-1',
      step: 'restart',
      action: 'salt.service.restart',
      run: 1,
      phase: 'awaiting-approval',
      startedAt: null,
      targets: ['db1'],
      targetsResolved: true,
      fenced: true,
      outcome: null,
      verdict: null,
      reason: null,
    },
  ],
};

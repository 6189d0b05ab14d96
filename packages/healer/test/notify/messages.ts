import type { Explanation } from '@prunella/core';
import type { Message, Notice, Present } from '../../src/notify/notice.ts';

const began = Date.UTC(2026, 10, 26, 3, 12, 0);
const toldAt = began + 300_000;

const approval = {
  attempt: 'postgres~main.1.1',
  step: 'restart',
  action: 'salt.service.restart',
  targets: ['db1.example.com'],
  wouldChange: [],
  expiresAt: toldAt + 900_000,
} as const;

const explanation: Explanation = {
  resource: 'postgres/main',
  state: 'open',
  since: began + 60_000,
  firstFaultAt: began,
  incident: 'postgres~main.1',
  reason: '3 of 4 instances on 2 hosts are sick (3 unreachable), confirmed by the own probe',
  lastFault: 'unreachable: connect ECONNREFUSED 10.0.0.5:5432',
  impact: '3 of 4 instances (actioner)',
  next: {
    what: 'salt.service.restart on db1.example.com waits for a person; without an answer it is a no',
    at: toldAt + 900_000,
  },
  remedies: ['prunella approve postgres~main.1.1', 'prunella reject postgres~main.1.1'],
};

export function noticeOf(with_: Partial<Notice> = {}): Notice {
  return {
    id: 'msg_1',
    kind: 'needs-person',
    event: 'person-needed',
    at: toldAt,
    resource: 'postgres/main',
    labels: { team: 'data' },
    playbook: 'postgres',
    incident: 'postgres~main.1',
    text: 'salt.service.restart on db1.example.com waits for a person; in 15 min the answer is no',
    explanation,
    approval,
    ...with_,
  };
}

export function presentOf(with_: Partial<Present> = {}): Present {
  return {
    explanation,
    isOpen: true,
    story: explanation.reason,
    openedAt: began + 60_000,
    firstFaultAt: began,
    closedAt: null,
    approval,
    paused: null,
    ...with_,
  };
}

/** Of one incident, unless it is a digest. */
export function messageOf(notices: readonly Notice[], with_: Partial<Message> = {}): Message {
  const [first, ...others] = notices;
  if (first === undefined) throw new Error('a message has at least one notice');
  return {
    notices: [first, ...others],
    digest: false,
    dropped: 0,
    present: with_.digest === true || first.resource === null ? null : presentOf(),
    now: toldAt,
    page: 'https://prunella.example.com',
    ...with_,
  };
}

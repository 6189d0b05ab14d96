import type { Mutant } from '../mutant.ts';

const healer = 'simulate/healer.ts';

/** What a process must do around its disk, left out at each point at which it may crash. */
export const crashMutants: readonly Mutant[] = [
  {
    name: 'acts-before-it-writes',
    defect: 'commands are carried out before they are on disk',
    edits: [
      {
        file: healer,
        find: '    if (commitMs === null) this.#commit(transaction, done);',
        replace:
          '    for (const { id, command } of transaction.outgoing) this.#errands.carryOut(id, command);\n    if (commitMs === null) this.#commit(transaction, done);',
      },
    ],
  },
  {
    name: 'sends-again',
    defect: 'after a crash an order that may have been sent is sent again',
    edits: [
      {
        file: healer,
        find: "      if (command.type !== 'dispatch') this.#errands.carryOut(id, command);",
        replace: '      this.#errands.carryOut(id, command);',
      },
      { file: 'simulate/errands.ts', find: '    if (this.#open.has(order.attempt)) return;', replace: '' },
    ],
  },
  {
    name: 'never-looks',
    defect: 'after a crash nobody asks what became of an order',
    edits: [
      {
        file: healer,
        find: '      this.#errands.lookFor(order, reference, id);',
        replace: '      if (id === -1) this.#errands.lookFor(order, reference, id);',
      },
      {
        file: 'decide/flight.ts',
        find: 'const givesUpAt = Math.max(deadlineAt + resultSlackMs, looksUntil);',
        replace: 'const givesUpAt = Math.max(deadlineAt + 1e9, looksUntil);',
      },
    ],
  },
  {
    name: 'forgets-the-fleet',
    defect: 'locks, budgets and fences are not on disk',
    edits: [
      {
        file: healer,
        find: '    this.stored = reread(this.stored);',
        replace: '    this.stored = { ...reread(this.stored), fleet: emptyStore(0).fleet };',
      },
    ],
  },
  {
    name: 'forgets-the-outbox',
    defect: 'what was decided and not done before a crash is never done',
    edits: [
      {
        file: healer,
        find: "      if (command.type !== 'dispatch') this.#errands.carryOut(id, command);",
        replace: '',
      },
    ],
  },
  {
    name: 'half-a-transaction',
    defect: 'a crash keeps the events of a transaction and loses its state',
    edits: [
      {
        file: healer,
        find: "    if (this.#diesAt('before-commit', transaction)) return;",
        replace:
          "    if (this.#diesAt('before-commit', transaction)) {\n      for (const { entry, clock } of transaction.written) this.#options.onWritten(entry, clock);\n      return;\n    }",
      },
    ],
  },
  {
    name: 'believes-old-probes',
    defect: 'after a start what was probed before it is evidence, and no grace holds',
    edits: [
      { file: 'decide/restart.ts', find: '    probes: [],\n', replace: '' },
      { file: 'decide/restart.ts', find: '    summary: null,\n', replace: '' },
      { file: 'decide/restart.ts', find: '    quorumSince: null,\n', replace: '' },
      { file: 'guardrails/registry.ts', find: '\n  grace,\n', replace: '\n' },
    ],
  },
  {
    name: 'grace-not-begun',
    defect: "the machine does not learn of the healer's start",
    edits: [
      {
        file: 'decide/restart.ts',
        find: '    startedAt: turn.now,',
        replace: '    startedAt: turn.state.startedAt ?? turn.now,',
      },
    ],
  },
];

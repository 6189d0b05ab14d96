import type { Mutant } from '../mutant.ts';

/** Orderings broken and steps left out in the machines of resource and fleet. */
export const machineMutants: readonly Mutant[] = [
  {
    name: 'strongest-first',
    defect: 'a stronger step does not wait for milder ones',
    edits: [
      {
        file: 'decide/ladder.ts',
        find: '  return milder.progress.runs === 0 && !isPassedOver;',
        replace: '  return milder.progress.runs < 0 && !isPassedOver;',
      },
    ],
  },
  {
    name: 'no-after',
    defect: 'a step is due at once',
    edits: [
      { file: 'decide/ladder.ts', find: '    view.from + afterMs,', replace: '    view.from + afterMs * 0,' },
    ],
  },
  {
    name: 'opens-at-once',
    defect: '`open.after` is not waited for',
    edits: [
      {
        file: 'decide/open.ts',
        find: 'if (turn.now < opensAt) {',
        replace: 'if (turn.now < opensAt - 40_000) {',
      },
    ],
  },
  {
    name: 'unconfirmed',
    defect: 'one failed probe confirms',
    edits: [
      {
        file: 'decide/probing.ts',
        find: 'failures >= confirm.failures &&',
        replace: 'failures >= 1 &&',
      },
    ],
  },
  {
    name: 'one-missed-probe',
    defect: 'one missed probe makes a serving node a target',
    edits: [
      {
        file: 'decide/probing.ts',
        find: 'probe.failures >= enough) return true',
        replace: 'probe.failures >= 1) return true',
      },
    ],
  },
  {
    name: 'stale-evidence',
    defect: 'attempts begin on old probes',
    edits: [
      {
        file: 'decide/probing.ts',
        find: 'const endedFrom = now - freshMs;',
        replace: 'const endedFrom = now - 60 * freshMs;',
      },
    ],
  },
  {
    name: 'targets-not-voided',
    defect: 'a node that came back stays a target',
    edits: [
      {
        file: 'decide/recheck.ts',
        find: '  return well.length === 0 ? null :',
        replace: '  return well.length >= 0 ? null :',
      },
      {
        file: 'decide/recheck.ts',
        find: 'if (attempt.targets === null || attempt.targets.at < since - freshMs) {',
        replace: 'if (attempt.targets === null) {',
      },
      {
        file: 'decide/recheck.ts',
        find: "  if (confirms && step.effect !== 'restores' && probeVerdict(turn.state) === 'passes') {",
        replace: '  if (confirms && probePasses === turn.state.resource) {',
      },
    ],
  },
  {
    name: 'approval-for-ever',
    defect: 'a yes never grows old',
    edits: [
      {
        file: 'decide/recheck.ts',
        find: 'if (approval !== null && turn.now >= approval.expiresAt)',
        replace: 'if (approval !== null && turn.now >= approval.expiresAt + 1e9)',
      },
    ],
  },
  {
    name: 'silence-is-yes',
    defect: 'nobody answered in time counts as a yes',
    edits: [
      {
        file: 'decide/approve.ts',
        find: "  deny(turn, attempt, step.id, 'nobody', 'nobody answered in time');",
        replace: "  approve(turn, step.id === '' ? '' : 'nobody');",
      },
    ],
  },
  {
    name: 'no-is-forgotten',
    defect: 'a refused step is proposed again',
    edits: [
      {
        file: 'decide/holds.ts',
        find: '  changeProgress(turn, step, { refused: { guardrail, reason } });',
        replace:
          '  changeProgress(turn, step, { refused: guardrail === reason ? { guardrail, reason } : null });',
      },
    ],
  },
  {
    name: 'not-after-ignored',
    defect: 'an order carries a time that is far too late',
    edits: [
      {
        file: 'decide/flight.ts',
        find: 'notAfter: turn.now + step.notAfterMs,',
        replace: 'notAfter: turn.now + 10 * step.notAfterMs,',
      },
    ],
  },
  {
    name: 'intent-after-dispatch',
    defect: 'the order goes out and no intent is written',
    edits: [
      {
        file: 'decide/flight.ts',
        find: "  turn.events.push({\n    type: 'attempt-intended',",
        replace:
          "  turn.wakes.push(turn.now);\n  if (turn.now < 0) turn.events.push({\n    type: 'attempt-intended',",
      },
    ],
  },
  {
    name: 'unsent-counts',
    defect: 'an order that was never sent uses up the budget',
    edits: [
      {
        file: 'decide/flight.ts',
        find: '    runs: Math.max(0, progress.runs - 1),',
        replace: '    runs: progress.runs,',
      },
    ],
  },
  {
    name: 'unverified-escalates',
    defect: 'a verdict that nobody could give leads to the next step',
    edits: [
      {
        file: 'decide/verify.ts',
        find: "  changeIncident(turn, { ladder: { state: 'paused', since: turn.now, reason: why } });",
        replace: '',
      },
    ],
  },
  {
    name: 'effective-without-soak',
    defect: 'the first good moment is a success',
    edits: [
      {
        file: 'decide/verify.ts',
        find: '    const soakedAt = goodSince + step.verify.soakMs;',
        replace: '    const soakedAt = goodSince;',
      },
    ],
  },
  {
    name: 'effective-without-cohort',
    defect: 'the probe alone makes a success',
    edits: [
      {
        file: 'decide/verify.ts',
        find: "  const isGood = health.cohort === 'ok' && isWell(health) && isMarked(turn, incident, attempt);",
        replace: "  const isGood = health.probe === 'passes';",
      },
    ],
  },
  {
    name: 'closes-without-soak',
    defect: 'an incident closes at the first good moment',
    edits: [
      {
        file: 'decide/recover.ts',
        find: '  const soakedAt = healthySince + step.verify.soakMs;',
        replace: '  const soakedAt = healthySince;',
      },
    ],
  },
  {
    name: 'closes-without-cohort',
    defect: 'an incident closes while those who complained are sick',
    edits: [
      {
        file: 'decide/health.ts',
        find: "  if (health.cohort === 'ok') return health.probe === 'passes' || health.probe === 'none';",
        replace:
          "  if (health.cohort !== 'empty') return health.probe === 'passes' || health.probe === 'none';",
      },
    ],
  },
  {
    name: 'closes-on-one-node',
    defect: 'an incident closes while another node fails',
    edits: [
      {
        file: 'decide/health.ts',
        find: "  if (fresh.some((probe) => !probe.passed)) return 'fails';\n  return fresh.length === probes.length ? 'passes' : 'unknown';",
        replace: "  if (fresh.every((probe) => !probe.passed)) return 'fails';\n  return 'passes';",
      },
    ],
  },
  {
    name: 'never-closes',
    defect: 'a healed incident stays open',
    edits: [
      {
        file: 'decide/recover.ts',
        find: '  if (healthySince === null || isBusy) return false;',
        replace: '  if (healthySince !== undefined) return false;',
      },
    ],
  },
  {
    name: 'verdict-keeps-lock',
    defect: 'a verdict does not give the targets back',
    edits: [
      {
        file: 'decide/verify.ts',
        find: "  turn.commands.push({ type: 'release-permit', resource: turn.state.resource, attempt: attempt.id });",
        replace: '',
      },
    ],
  },
  {
    name: 'fence-stands-still',
    defect: 'two orders carry one fence',
    edits: [
      {
        file: 'fleet/grant.ts',
        find: 'state: { ...state, fenceNumber: number, leases',
        replace: 'state: { ...state, leases',
      },
    ],
  },
  {
    name: 'pause-keeps-permits',
    defect: 'a stop does not revoke permits that are not used yet, and nobody is told of it',
    edits: [
      {
        file: 'fleet/fleet.ts',
        find: "const revoked = state.leases.find('unused');",
        replace: "const revoked = state.leases.find('unused', 'none');",
      },
      {
        file: 'guardrails/kill-switch.ts',
        find: 'if (paused === null) return null;',
        replace: 'if (paused === null || paused.at > 0) return null;',
      },
      { file: 'fleet/checks.ts', find: '\n  killSwitch,\n', replace: '\n' },
    ],
  },
  {
    name: 'result-never-given-up',
    defect: 'a result that never comes is waited for without end',
    edits: [
      {
        file: 'decide/flight.ts',
        find: 'const givesUpAt = Math.max(deadlineAt + resultSlackMs, looksUntil);',
        replace: 'const givesUpAt = Math.max(deadlineAt + 1e9, looksUntil);',
      },
      {
        file: 'simulate/errands.ts',
        find: 'const giveUp = () => answers.onResult(unknownResult("no result by the action\'s deadline"));',
        replace: 'const giveUp = () => undefined;',
      },
    ],
  },
  {
    name: 'window-never-ends',
    defect: 'a verification has no end',
    edits: [
      {
        file: 'decide/verify.ts',
        find: '  if (turn.now < windowEndsAt) {',
        replace: '  if (turn.now < windowEndsAt + 1e9) {',
      },
    ],
  },
  {
    name: 'forgets-to-wake',
    defect: 'time alone moves nothing',
    edits: [
      {
        file: 'decide/decide.ts',
        find: "  if (at !== null) turn.commands.push({ type: 'wake', resource: state.resource, at });",
        replace: "  if (at === 0) turn.commands.push({ type: 'wake', resource: state.resource, at });",
      },
    ],
  },
  {
    name: 'never-opens',
    defect: 'a quorum opens nothing',
    edits: [
      {
        file: 'decide/open.ts',
        find: "  if (assessment.quorum !== 'sick' || quorumSince === null) return;",
        replace: "  if (assessment.quorum !== 'below' || quorumSince === null) return;",
      },
    ],
  },
  {
    name: 'pending-for-ever',
    defect: 'a suspicion that ends is not told',
    edits: [
      {
        file: 'decide/open.ts',
        find: "    turn.events.push({ type: 'suspicion-ended', reason: ended });",
        replace: '',
      },
    ],
  },
  {
    name: 'signal-unlogged',
    defect: 'a signal is not written down',
    edits: [
      {
        file: 'decide/signals.ts',
        find: "  turn.events.push({ type: 'signal-received', signal, trigger });",
        replace: '',
      },
    ],
  },
  {
    name: 'any-quorum',
    defect: 'one sick instance is a quorum',
    edits: [
      {
        file: 'decide/evidence.ts',
        find: 'sick >= share * observers - rounding && sickHosts >= hostsRequired',
        replace: 'sick > 0',
      },
    ],
  },
  {
    name: 'blames-callers',
    defect: "the callers' own faults count as sickness",
    edits: [
      {
        file: 'observe/view.ts',
        find: 'const sick = isSick(said.condition) && blamesResource(kind);',
        replace: 'const sick = isSick(said.condition) || kind !== null;',
      },
    ],
  },
  {
    name: 'takes-turns-at-once',
    defect: 'a step that made room for another is due again at once',
    edits: [
      {
        file: 'decide/climb.ts',
        find: '  const notBefore = Math.max(heldUntil ?? 0, turn.now + displacedAtLeastMs);',
        replace: '  const notBefore = Math.min(heldUntil ?? 0, turn.now - displacedAtLeastMs);',
      },
    ],
  },
  {
    name: 'takes-turns-for-nobody',
    defect: 'besides, a step takes the place of another though it means nobody',
    edits: [
      {
        file: 'decide/climb.ts',
        find: '  const notBefore = Math.max(heldUntil ?? 0, turn.now + displacedAtLeastMs);',
        replace: '  const notBefore = Math.min(heldUntil ?? 0, turn.now - displacedAtLeastMs);',
      },
      {
        file: 'decide/climb.ts',
        find: 'present.attempt !== null && meansNobody(turn, present, step)) {',
        replace: 'present.attempt !== null && !meansNobody) {',
      },
    ],
  },
];

import type { StepAutonomy } from '@prunella/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { IncidentView } from '../../src/engine/engine.ts';
import { createServer } from '../../src/server/create-server.ts';
import { type StandInAnswers, standInEngine } from './engine-stand-in.ts';
import { runCommand } from './run-command.ts';

const token = 'the-operators-token';

const incident: IncidentView = {
  incident: 'i1',
  resource: 'postgres/main',
  playbook: 'postgres',
  state: 'open',
  openedAt: 1,
  firstFaultAt: 1,
  closedAt: null,
  story: 'open',
  attempts: [
    {
      attempt: 'a1',
      step: 'restart',
      action: 'salt.service.restart',
      run: 1,
      phase: 'ended',
      startedAt: 1,
      targets: ['db1'],
      targetsResolved: true,
      fenced: true,
      outcome: 'succeeded',
      verdict: 'effective',
      reason: null,
    },
  ],
};

const demoted: StepAutonomy = {
  resource: 'postgres/main',
  playbook: 'postgres',
  step: 'restart',
  action: 'salt.service.restart',
  domain: 'rack-1',
  written: 'auto',
  inForce: 'ask',
  record: {
    step: 'restart',
    firstAt: 0,
    lastAt: 1,
    decisions: 9,
    recoveredFirst: 2,
    agreed: 3,
    disagreed: 1,
    unanswered: 0,
    runs: 6,
    effective: 4,
    ineffective: 1,
    unverified: 1,
    credited: 4,
    relapsed: 0,
    harmful: 1,
    recent: [],
    demoted: { at: 1, attempt: 'a1', reason: 'db2 broke' },
  },
  recommended: null,
  advice: 'it did harm (db2 broke); it asks until a person lifts that',
};

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function told(words: readonly string[], answers: StandInAnswers = { incidents: [incident] }) {
  const { engine, told: heard } = standInEngine(answers);
  const facts = () => {
    throw new Error('not asked here');
  };
  const access = { type: 'tokens', tokens: [{ name: 'operator', role: 'operator', token }] } as const;
  const server = createServer(engine, { access, facts });
  cleanups.push(() => server.close());
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const environment = { PRUNELLA_HEALER: address, PRUNELLA_TOKEN: token };
  const run = await runCommand(words, { environment });
  const commands = heard.commands.map(({ resource, command: { by, command } }) => ({
    resource,
    by,
    command,
  }));
  return { ...run, commands };
}

describe('what people say of their work', () => {
  const resource = 'postgres/main';

  it.each([
    ['claim i1 --reason disks', { type: 'claim', reason: 'disks' }],
    ['release i1', { type: 'release' }],
    ['close i1 --reason mended', { type: 'close', reason: 'mended' }],
    ['harmful a1 --reason lost', { type: 'judge-harmful', attempt: 'a1', reason: 'lost' }],
    ['maintenance begin postgres/main --for 2h', { type: 'maintenance-begin', forMs: 7_200_000, reason: '' }],
    ['maintenance end postgres/main', { type: 'maintenance-end' }],
    ['deploy postgres/main --end', { type: 'announce-deploy', forMs: 0, what: 'ended by hand' }],
    ['deploy postgres/main --end --what 4.2', { type: 'announce-deploy', forMs: 0, what: '4.2' }],
    ['deploy postgres/main --what 4.2 --for 90s', { type: 'announce-deploy', forMs: 90_000, what: '4.2' }],
    ['autonomy lift postgres/main restart', { type: 'lift-demotion', step: 'restart' }],
  ])('prunella %s reaches the resource, with the name of who said it', async (line, command) => {
    const { commands, stdout, exitCode } = await told([...line.split(' '), '--by', 'ada']);
    expect(commands).toEqual([{ resource, by: 'ada', command }]);
    expect(stdout).toBe(`${command.type} done\n`);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['maintenance pause postgres/main', 'can begin or end, not pause'],
    ['maintenance begin postgres/main --for soon', '--for soon is no duration'],
    ['deploy postgres/main', '--what'],
    ['deploy postgres/main --end --for 5m', '--for'],
    ['claim i9', 'there is no open incident i9'],
  ])('prunella %s is refused, and says why', async (line, says) => {
    const { commands, stderr, exitCode } = await told(line.split(' '));
    expect(commands).toEqual([]);
    expect(stderr).toContain(says);
    expect(exitCode).not.toBe(0);
  });
});

describe('prunella autonomy', () => {
  it('shows of each step what was decided and what became of it, and the advice', async () => {
    const { stdout } = await told(['autonomy'], { steps: [demoted] });
    expect(stdout).toBe(`postgres/main restart: ask (written: auto)
  9 decided, 2 recovered first, people agreed 3 and disagreed 1 times, 4 of 6 runs helped, 1 harmful
  it did harm (db2 broke); it asks until a person lifts that
`);
  });
});

describe('prunella explain --why-not', () => {
  const whyNot = {
    resource: 'postgres/main',
    action: 'restart',
    runs: false,
    answer: 'it is due in 3 min',
    reasons: [
      { rule: 'ladder', reason: 'it is due in 3 min', until: 1, remedy: null },
      {
        rule: 'maintenance',
        reason: 'maintenance by ada',
        until: 2,
        remedy: 'prunella maintenance end postgres/main',
      },
    ],
  };

  it('tells every reason with what can be done', async () => {
    const { stdout } = await told(['explain', 'postgres/main', '--why-not', 'restart'], { whyNot });
    expect(stdout).toBe(`postgres/main: restart
  ladder: it is due in 3 min
maintenance: maintenance by ada
          prunella maintenance end postgres/main
`);
  });

  it('needs a resource that the healer knows', async () => {
    expect((await told(['explain', '--why-not', 'restart'], { whyNot })).exitCode).toBe(2);
    const { stderr } = await told(['explain', 'redis/none', '--why-not', 'restart'], { whyNot });
    expect(stderr).toContain('there is no resource redis/none');
  });
});

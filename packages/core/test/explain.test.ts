import { explain, renderExplanation, viewIncidents } from '@prunella/core';
import { World, type WorldOptions, worldBegan } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes, restart, seconds } from './playbooks.ts';

const outageAt = minutes(5);

function broken(options: Partial<WorldOptions> = {}): World {
  const world = new World({ playbook: articlePlaybook(), ...options });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  return world;
}

function explained(world: World) {
  const { state, playbook, facts, agenda } = world;
  return explain(state, playbook, facts, state.fleet, agenda.now);
}

describe('explain', () => {
  it('answers for each state that an outage goes through', () => {
    const world = broken({
      act: (order, at) => {
        if (order.step === 'restart') at.at(at.elapsed + seconds(3), () => at.heals());
        return { tookMs: seconds(5), result: { outcome: 'succeeded', summary: 'done', targets: [] } };
      },
    });
    const states = [4, 5.5, 7, 10.05, 11, 15.02, 15.5, 17].map((at) => {
      world.runUntil(minutes(at));
      return explained(world).state;
    });
    expect(states).toEqual([
      'ok',
      'suspected',
      'open',
      'attempting',
      'verifying',
      'attempting',
      'verifying',
      'ok',
    ]);
  });

  it('reads like svcs -x: state, since, reason, fault, impact, what comes next', () => {
    const world = broken();
    world.runUntil(minutes(7));
    expect(renderExplanation(explained(world), world.agenda.now)).toBe(
      `rethinkdb/main (incident ${world.state.incident?.id})
   State: open since 2027-01-15 08:06:00Z (60 s)
  Reason: 3 of 3 instances sick on 3 hosts (unreachable), confirmed by the own probe
   Began: first fault at 2027-01-15 08:05:00Z (2 min ago)
   Fault: unreachable: stand-in: unreachable, own probe of db1: connect ECONNREFUSED
  Impact: 3 of 3 instances (actioner): actioner/web1/p1, actioner/web2/p2, actioner/web3/p3
    Next: highstate (salt.highstate) in 3 min
`,
    );
  });

  it('gives no time to what hangs on a probe that has not failed', () => {
    const world = new World({ playbook: articlePlaybook() });
    world.probePasses = true;
    const text = () => renderExplanation(explained(world), world.agenda.now);
    for (const host of ['web1', 'web2', 'web3']) world.start(host, { call: () => 'unreachable' });
    world.runUntil(seconds(30));
    const condition = 'open once the own probe has failed 3 times in a row (0 so far)';
    expect(text()).toContain(`Next: ${condition}, in `);
    world.runUntil(minutes(10));
    expect(explained(world)).toMatchObject({ state: 'suspected', next: { what: condition, at: null } });
    expect(text()).toContain(`Next: ${condition}\n`);
  });

  it('names what a backend advises while no target can be had, and why the attempt is held', () => {
    const error = 'postgres is in maintenance';
    const remedy = 'prunella clear postgres';
    const world = broken({ resolve: () => ({ resolved: true, targets: [], error, remedy }) });
    world.runUntil(minutes(12));
    expect(explained(world).remedies).toContain(remedy);
    const [attempt] = viewIncidents(world.state)[0]?.attempts ?? [];
    expect(attempt).toMatchObject({ phase: 'held', reason: expect.stringContaining(error) });
  });

  it('names a step that is called like its action once', () => {
    const id = 'salt.state.highstate';
    const world = broken({ playbook: articlePlaybook({ ladder: [{ ...highstate, id, action: id }] }) });
    world.runUntil(minutes(7));
    expect(explained(world).next.what).toBe('salt.state.highstate in 3 min');
    const later = renderExplanation(explained(world), world.agenda.now + seconds(1));
    expect(later).toContain('Next: salt.state.highstate in 2 min 59 s\n');
  });

  it('tells whoever is asked what the order is, but nothing that looks like a secret', () => {
    const given = { service: 'rethinkdb', arguments: { to: '{{ node }}' }, states: ['a', 'b'] };
    const secrets = { password: 'hunter2', url: 'redis://me:hunter2@db', more: { token: 'hunter2' } };
    const step = { ...highstate, autonomy: 'ask', arguments: { ...given, ...secrets } } as const;
    const world = broken({ playbook: articlePlaybook({ ladder: [step] }) });
    world.runUntil(minutes(11));
    const order =
      'salt.highstate (service: rethinkdb, arguments: {"to":"db1"}, states: a b, password: (hidden), url: (hidden), more: (hidden)) on minion-db1 waits for a person';
    expect(explained(world).next.what).toContain(order);
    expect(world.eventsOf('attempt-held')[0]?.hold.reason).toContain(order);
  });

  it('names the command that answers a request for approval', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask' }] }) });
    world.runUntil(minutes(11));
    const { remedies, next } = explained(world);
    const id = world.state.incident?.attempt?.id;
    expect(remedies).toEqual([`prunella approve ${id}`, `prunella reject ${id}`]);
    expect(next.what).toBe('salt.highstate on minion-db1 waits for a person; without an answer it is a no');
    expect(next.at).toBe(world.state.incident?.attempt?.approval?.expiresAt);
  });

  it('says who paused everything, and how that ends', () => {
    const world = broken();
    world.runUntil(minutes(7));
    world.tellFleet({ type: 'pause', by: 'ada', reason: 'hands on' });
    const { state, reason, remedies } = explained(world);
    expect(state).toBe('paused');
    expect(reason).toContain('paused by ada: hands on');
    expect(remedies).toContain('prunella resume');
  });

  it('says of an approval under a pause that nothing runs, and how long it is good', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask' }] }) });
    world.runUntil(minutes(11));
    world.tellFleet({ type: 'pause', by: 'ada', reason: '' });
    const attempt = world.state.incident?.attempt?.id ?? '';
    expect(explained(world).next.what).toContain('waits for a person until 08:25Z');
    world.command({ type: 'approve', attempt });
    const waits = 'nothing runs until `prunella resume`';
    expect(world.eventsOf('operator-commanded')[0]?.note).toContain(`approved, but ${waits}`);
    expect(world.eventsOf('operator-commanded')[0]?.note).toContain('good until 08:26Z');
    const { next, reason, since } = explained(world);
    expect(next.what).toContain(`is approved by ada, but ${waits}; good until 08:26Z`);
    expect(reason).toMatch(/all repairs are paused by ada$/);
    expect(since).toBe(worldBegan + minutes(11));
  });

  it('says of a second answer who gave the first', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask' }] }) });
    world.runUntil(minutes(11));
    const attempt = world.state.incident?.attempt?.id ?? '';
    world.command({ type: 'reject', attempt, reason: '' });
    world.command({ type: 'reject', attempt, reason: 'again' });
    expect(world.eventsOf('operator-commanded').at(-1)?.note).toContain('rejected already by ada');
    expect(world.eventsOf('attempt-withdrawn').at(-1)?.reason).toBe('not approved by ada');
  });

  it('says of what is exhausted what a person can do', () => {
    const world = broken({ playbook: articlePlaybook({ ladder: [{ ...restart, max: 1 }] }) });
    world.runUntil(minutes(25));
    const { state, since, remedies } = explained(world);
    expect(state).toBe('exhausted');
    expect(since).toBe(worldBegan + (world.timesOf('incident-exhausted')[0] ?? 0));
    expect(remedies).toContain(`prunella resume ${world.state.incident?.id}`);
  });

  it.each([false, true])(
    'says of a repair that nobody can confirm who ends its incident (probed: %s)',
    (isProbed) => {
      const open = { confirm: { by: 'none' as const }, signals: [{ type: 'alert' }], graceAfterStartMs: 0 };
      const world = new World({ playbook: articlePlaybook({ open, ladder: [highstate] }) });
      world.probeAnswers = isProbed;
      world.breaks();
      const alert = { id: '1', source: 'bus', type: 'alert', resource: 'rethinkdb/main', node: 'db1' };
      world.input({ type: 'signal', signal: { ...alert, status: 'firing', summary: 'the disk fills up' } });
      world.runUntil(minutes(60));
      const { state, remedies, incident } = explained(world);
      expect(state).toBe(isProbed ? 'exhausted' : 'paused');
      expect(remedies.includes(`prunella close ${incident}`)).toBe(!isProbed);
      expect(remedies.includes('repair by hand; it closes by itself once it is well')).toBe(isProbed);
    },
  );

  it('says of a resource without a playbook that it is only shown', () => {
    const world = broken();
    world.runUntil(minutes(6));
    const { facts, state, agenda } = world;
    expect(explain(state, null, facts, state.fleet, agenda.now).reason).toContain('no playbook');
  });
});

describe('what explain says of an order that did not help', () => {
  const detail = "refused (not-allowed): it is not in 'allow' of the minion's policy";
  const refused = {
    outcome: 'failed',
    summary: '1 of 1 targets did not do it',
    targets: [{ id: 'minion-db1', outcome: 'refused', detail, fenced: true }],
  } as const;

  it('is why the target refused it, and what to do, in explain and in the story', () => {
    const world = broken({ act: () => ({ tookMs: seconds(5), result: refused }) });
    world.runUntil(minutes(11));
    const { reason, remedies } = explained(world);
    expect(reason).toContain(`highstate was ineffective: ${refused.summary}; minion-db1 ${detail}`);
    expect(remedies).toContain(`mend at minion-db1 what refused salt.highstate: ${detail}`);
    const [story] = viewIncidents(world.state);
    expect(story?.story).toContain(detail);
    expect(story?.attempts[0]?.reason).toContain(detail);
  });

  it('is what failed, and that nothing was sent', () => {
    for (const neverSent of [false, true]) {
      const result = { outcome: 'failed', summary: 'no such state', targets: [], neverSent } as const;
      const world = broken({ act: () => ({ tookMs: seconds(5), result }) });
      world.runUntil(minutes(10.2));
      const { reason, remedies } = explained(world);
      expect(reason).toContain(neverSent ? 'it was never sent: no such state' : 'ineffective: no such state');
      expect(remedies.join()).toContain('see why salt.highstate fails');
    }
  });
});

describe('what explain says while nothing is open', () => {
  it('tells of its own failing probe and of a signal that nothing opens on', () => {
    const world = new World({ playbook: articlePlaybook() });
    const beganAt = world.agenda.now;
    const probe = { node: 'db1', passed: false, detail: 'connect ECONNREFUSED', endedAt: beganAt };
    world.input({ type: 'probe', result: { ...probe, resource: world.resource, beganAt } });
    const signal = {
      source: 'systemd',
      type: 'process.exit',
      resource: world.resource,
      node: 'db1',
    } as const;
    const summary = 'exited with 1';
    world.input({ type: 'signal', signal: { ...signal, id: 's1', status: 'firing', summary } });
    world.runUntil(seconds(30));
    const { state, reason, remedies } = explained(world);
    expect(state).toBe('undecided');
    expect(reason).toContain("the healer's own probe of db1 fails for 30 s: connect ECONNREFUSED");
    expect(reason).toContain(
      'signal process.exit from systemd at db1 30 s ago: exited with 1; the playbook article does not open on it',
    );
    expect(remedies.join()).toContain('name process.exit in open.signals of the playbook article');
    world.input({ type: 'signal', signal: { ...signal, id: 's2', status: 'resolved', summary } });
    expect(explained(world).reason).not.toContain('process.exit');
  });

  it('says when shares will be trusted', () => {
    const world = new World({ playbook: articlePlaybook() });
    world.start('web1');
    world.breaks();
    world.runUntil(seconds(8));
    const { reason, next } = explained(world);
    const left = ((next.at ?? 0) - world.agenda.now) / seconds(1);
    expect(left).toBeGreaterThan(15);
    expect(reason).toContain(
      `trusted after a whole heartbeat of those that are ok, in ${Math.round(left)} s`,
    );
    world.runUntil(seconds(8 + left));
    expect(explained(world).reason).not.toContain('trusted');
  });

  it('counts one instance as one', () => {
    const world = new World({ playbook: articlePlaybook() });
    world.start('web1');
    world.runUntil(minutes(2));
    expect(explained(world).reason).toBe('1 instance observes it, none is sick');
  });
});

describe('what explain says while it verifies', () => {
  it('is what is seen now, not what opened the incident', () => {
    const world = broken({
      act: (_, at) => {
        at.heals();
        return { tookMs: seconds(5), result: { outcome: 'succeeded', summary: 'done', targets: [] } };
      },
    });
    world.runUntil(minutes(10.5));
    const { state, reason, impact } = explained(world);
    expect([state, impact]).toEqual(['verifying', 'none']);
    expect(reason).toBe('salt.highstate has ended; now 3 instances observe it, none is sick');
  });
});

describe('the times that explain tells', () => {
  it('are that at which the present state began, and the first fault known', () => {
    const world = new World({ playbook: articlePlaybook() });
    const isAlone = () => world.elapsed >= minutes(2);
    world.start('web1', { call: () => (isAlone() ? 'unreachable' : world.fault) });
    for (const host of ['web2', 'web3']) world.start(host);
    world.at(outageAt, () => world.breaks());
    const told = [3, 5.1, 7, 9.1, 9.2, 11.5].map((at) => {
      world.runUntil(minutes(at));
      const { state, since, firstFaultAt } = explained(world);
      return [state, since === null ? null : (since - worldBegan) / minutes(1), firstFaultAt];
    });
    const alone = worldBegan + minutes(2);
    const began = (index: number) => told[index]?.[1];
    expect(told.map(([state]) => state)).toEqual([
      'ok',
      'suspected',
      'open',
      'verifying',
      'verifying',
      'open',
    ]);
    expect(told.map(([, , firstFaultAt]) => firstFaultAt)).toEqual(Array(6).fill(alone));
    expect(began(0)).toBeNull();
    expect([began(1), began(2)].map((at) => Math.floor(Number(at)))).toEqual([5, 5]);
    expect(began(3)).toBeCloseTo((world.orders[0]?.at ?? 0) / minutes(1), 1);
    expect(began(4)).toBe(began(3));
  });

  it('count a repair from the first fault known, and the steps from the quorum', () => {
    const world = new World({
      playbook: articlePlaybook(),
      act: (order, at) => {
        at.heals();
        return { tookMs: seconds(5), result: { outcome: 'succeeded', summary: order.action, targets: [] } };
      },
    });
    world.start('web1', {
      call: () => (world.elapsed >= minutes(2) && world.orders.length === 0 ? 'unreachable' : null),
    });
    for (const host of ['web2', 'web3']) world.start(host);
    world.at(outageAt, () => world.breaks());
    world.runUntil(minutes(15));
    const [story] = viewIncidents(world.state);
    const [order] = world.orders;
    expect(Math.floor((order?.at ?? 0) / minutes(1))).toBe(9);
    expect(story?.firstFaultAt).toBe(worldBegan + minutes(2));
    expect(story?.story).toMatch(/repaired by salt.highstate after 7 min/);
  });
});

describe('the story of an incident', () => {
  it('tells what ran, what it brought, and who is owed the recovery', () => {
    const world = broken();
    world.at(minutes(14), () => world.heals());
    world.runUntil(minutes(20));
    const [story] = viewIncidents(world.state);
    expect(story?.state).toBe('closed');
    expect(story?.story).toContain('highstate ineffective');
    expect(story?.story).toContain('recovered after the repairs were found ineffective');
    expect(story?.attempts).toMatchObject([
      { step: 'highstate', run: 1, phase: 'ended', outcome: 'succeeded', verdict: 'ineffective' },
    ]);
  });
});

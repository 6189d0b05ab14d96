import { describe, expect, it } from 'vitest';
import {
  acting,
  answers,
  around,
  type Change,
  cause,
  deadlines,
  deploy,
  failing,
  now,
  progress,
  sick,
  targets,
} from '../../test/guardrail-facts.ts';
import { minutes, restart } from '../../test/playbooks.ts';

const day = minutes(24 * 60);
const load = (utilisation: number, at = now): Change => ({
  state: {
    ...sick(deadlines).state,
    around: { load: { of: 'connections', utilisation, at } },
  },
});
const maintained = (until: number) => around({ maintenance: { by: 'ada', reason: '', at: now - 1, until } });
const actingUntil = (until: number) =>
  around({ acting: [{ source: 'salt', acting: [{ ...acting, until }] }] });

/** What still holds, and what is only just enough for it not to. */
const boundaries: readonly (readonly [name: string, holds: Change, free: Change])[] = [
  ['cooldown', progress(1, now - restart.everyMs + 1), progress(1, now - restart.everyMs)],
  ['max-runs', progress(restart.max, now - day), progress(restart.max - 1, now - day)],
  [
    'budget',
    { state: { starts: [now - day + 1, now - 3, now - 2, now - 1] } },
    { state: { starts: [now - day, now - 3, now - 2, now - 1] } },
  ],
  ['maintenance', maintained(now + 1), maintained(now)],
  ['grace', { state: { startedAt: now - 59_999 } }, { state: { startedAt: now - 60_000 } }],
  [
    'grace',
    around({ deploy: { ...deploy, endsAt: now - 119_999 } }),
    around({ deploy: { ...deploy, endsAt: now - 120_000 } }),
  ],
  [
    'somebody-else',
    around({ deploy: { ...deploy, endsAt: now + 1 } }),
    around({ deploy: { ...deploy, endsAt: now } }),
  ],
  ['somebody-else', actingUntil(now + 1), actingUntil(now)],
  ['overload', load(0.9), load(0.899)],
  ['overload', load(0.9, now - 59_999), load(0.9, now - 60_000)],
  [
    'blast-radius',
    { ...targets({ ids: ['a', 'b'] }), nodes: [], playbook: { limits: { blastRadiusNodes: 1 } } },
    { ...targets({ ids: ['a', 'b'] }), nodes: [], playbook: { limits: { blastRadiusNodes: 2 } } },
  ],
];

describe('a guardrail holds up to its limit and no further', () => {
  it.each(boundaries)('%s (%#)', (name, holds, free) => {
    const held = (change: Change) => answers(change).some(({ guardrail }) => guardrail === name);
    expect(held(holds)).toBe(true);
    expect(held(free)).toBe(false);
  });

  it('waits for as long as was written after our own attempt, then asks', () => {
    const ended = (endedAt: number) =>
      answers({ incident: { cause: { ...cause, endedAt } } }).find(
        ({ guardrail }) => guardrail === 'lineage',
      );
    expect(ended(now - minutes(5) + 1)).toMatchObject({ until: now + 1 });
    expect(ended(now - minutes(5))).toBeUndefined();
  });

  it('holds for a refused account also where a signal has come since, until the next probe has ended', () => {
    const refused = { ...failing, kind: 'auth', detail: 'no such role' } as const;
    const ownProbe = (probe: typeof failing) =>
      answers({ state: { probes: [probe] }, incident: { by: 'signal', signalAt: now + 1 } }).find(
        ({ guardrail }) => guardrail === 'own-probe',
      );
    expect(ownProbe(refused)?.reason).toContain('was refused its account before the newest signal');
    expect(ownProbe({ ...refused, beganAt: now + 1 })?.reason).toContain('and refuses its account');
    expect(ownProbe({ ...failing, beganAt: now + 1 })).toBeUndefined();
  });
});

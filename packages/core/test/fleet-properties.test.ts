import { decideFleet, fleetStateFrom, initialFleetState } from '@prunella/core';
import { worldBegan } from '@prunella/core/simulate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fleetInputs } from './arbitrary.ts';

describe('the fleet', () => {
  const inputs = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fleetInputs), { maxLength: 80 });

  it('is deterministic, serialisable, and grants nothing but what restores in a storm or when cut off', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const transcripts = [1, 2].map(() => {
          let state = initialFleetState('a', 1);
          let now = worldBegan;
          return given.map(([later, input]) => {
            now += later;
            const decision = decideFleet(state, input, now);
            state = fleetStateFrom(JSON.parse(JSON.stringify(decision.state)));
            expect(JSON.stringify(state)).toEqual(JSON.stringify(decision.state));
            const isAlarmed = state.storm != null || state.isolation != null;
            // One granted before may be handed out again.
            const granted = state.leases.rows().filter(({ grantedAt, used }) => grantedAt === now && !used);
            if (isAlarmed && input.type === 'request' && later > 0) {
              expect(granted.every(({ effect }) => effect === 'restores')).toBe(true);
            }
            return JSON.stringify(decision);
          });
        });
        expect(transcripts[0]).toEqual(transcripts[1]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('fences', () => {
  it('only grow, and no two attempts hold one target', () => {
    const inputs = fc.array(fc.tuple(fc.integer({ min: 0, max: 8_000 }), fleetInputs), { maxLength: 60 });
    fc.assert(
      fc.property(inputs, (given) => {
        let state = initialFleetState('a', 1);
        let now = worldBegan;
        let highest = 0;
        const permits = new Set<string>();
        for (const [later, input] of given) {
          now += later;
          const decision = decideFleet(state, input, now);
          state = decision.state;
          for (const { decision: answer } of decision.permits) {
            if (answer.type !== 'granted') continue;
            if (!permits.has(answer.permit)) expect(answer.fence.number).toBeGreaterThan(highest);
            permits.add(answer.permit);
            highest = Math.max(highest, answer.fence.number);
          }
          const locked = state.leases.rows().flatMap((lease) => lease.targets);
          expect(new Set(locked).size).toBe(locked.length);
          if (state.paused !== null) expect(state.leases.rows().every((lease) => lease.used)).toBe(true);
        }
      }),
    );
  });
});

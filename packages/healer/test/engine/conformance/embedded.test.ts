import { EngineConformanceError, engineChecks } from 'prunella/engine-conformance';
import { describe, expect, it } from 'vitest';
import { defects } from './defects.ts';
import { embeddedHarness } from './embedded-harness.ts';

const checks = engineChecks(embeddedHarness());

describe('the embedded engine', () => {
  it.each(checks)('$name', ({ run }) => run());
});

describe('the embedded engine, where the backend says at once whom a step means', () => {
  const atOnce = embeddedHarness({
    backend: (backend) => ({
      ...backend,
      resolveAtOnce: ({ failing }) => ({
        resolved: true,
        targets: failing.map(({ node, target }) => ({ id: target, node, responding: true })),
      }),
    }),
  });
  // There is nobody to wait for who is asked.
  const meant = engineChecks(atOnce).filter(
    ({ name }) => name !== 'lets no resource wait for the backend of another',
  );
  it('is held to all checks but one', () => expect(meant).toHaveLength(checks.length - 1));
  it.each(meant)('$name', ({ run }) => run());
});

describe('an engine with a defect fails the check that is meant for it', () => {
  it('there is a defect for each check', () => {
    expect(Object.keys(defects).toSorted()).toEqual(checks.map(({ name }) => name).toSorted());
  });

  it.each(Object.entries(defects))('%s', async (name, defect) => {
    const check = engineChecks(embeddedHarness(defect), { patienceMs: 12_000 }).find(
      (one) => one.name === name,
    );
    await expect(check?.run()).rejects.toBeInstanceOf(EngineConformanceError);
  });
});

it('an option out of its bounds is refused', () => {
  expect(() => engineChecks(embeddedHarness(), { patienceMs: 999 })).toThrow('patienceMs must be from 1,000');
});

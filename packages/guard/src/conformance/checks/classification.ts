import { must, shown } from '../conformance-error.ts';
import { told } from '../trial.ts';
import type { Check } from './check.ts';

export const namesItsDriver: Check = {
  name: 'names its driver',
  async run({ adapter }) {
    const { driver } = adapter;
    must(
      typeof driver === 'string' && driver !== '',
      `driver must be its name, such as 'pg': ${shown(driver)}`,
    );
  },
};

export const classifiesAnything: Check = {
  name: 'classifies whatever is thrown',
  async run(trial) {
    for (const value of thrownValues()) trial.classify(value);
  },
};

export const blamesTheApplication: Check = {
  name: "takes what the application's own code throws for its own",
  async run(trial) {
    class NotFoundError extends Error {
      override readonly name = 'NotFoundError';
    }
    for (const error of [
      new TypeError('x is not a function'),
      new NotFoundError('no such order'),
      'a text',
    ]) {
      const { kind, evict } = trial.classify(error);
      must(
        kind === 'caller' && !evict,
        `${shown(error)} comes from no driver: it must be 'caller' and evict nothing, not '${kind}', evict ${evict}`,
      );
    }
  },
};

export const blamesTheMistake: Check = {
  name: 'takes a refused mistake for the caller, and serves on',
  needs: 'mistake',
  async run(trial) {
    const outcome = await trial.callToItsEnd(trial.harness.mistake);
    must(outcome.ended === 'failed', `the mistake must fail; it ${told(outcome)}`);
    const { kind, outcomeUnknown } = outcome.classification;
    must(
      kind === 'caller' && !outcomeUnknown,
      `the mistake (${shown(outcome.error)}) must be 'caller' with a known outcome, not '${kind}', outcomeUnknown ${outcomeUnknown}`,
    );
    await trial.mustAnswer('after a mistake');
  },
};

/** What JavaScript lets be thrown, kind or not. */
function thrownValues(): readonly unknown[] {
  const cyclic = new Error('round');
  cyclic.cause = new AggregateError([cyclic], 'and round', { cause: cyclic });
  let deep: unknown = 'bottom';
  for (let depth = 0; depth < 10_000; depth += 1) deep = new Error('wrapped', { cause: deep });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = new Proxy(new Error('hostile'), {
    get() {
      throw new Error('a getter that throws');
    },
    has() {
      throw new Error('a trap that throws');
    },
    getPrototypeOf() {
      throw new Error('a prototype that throws');
    },
  });
  const numbers = { code: 42, message: 7, name: null, cause: 3, errors: 'none', replies: [hostile] };
  const plain = [undefined, null, 0, Number.NaN, 10n, '', 'text', true, Symbol('s'), () => {}, [], {}];
  const errors = [
    new Error(''),
    new AggregateError([]),
    new DOMException('x', 'AbortError'),
    Object.freeze({}),
  ];
  return [...plain, ...errors, Object.create(null), cyclic, deep, revoked.proxy, hostile, numbers];
}

// The same packages from CommonJS: `require` gives the very modules that `import` gives.
const assert = require('node:assert/strict');
const { attach } = require('@prunella/guard');
const { health } = require('@prunella/guard/health');

const adapter = {
  driver: 'constant',
  lease: () => ({ handle: 7, abandon() {}, waitsForOwnPool: () => false, end() {} }),
  classify: () => ({ kind: 'caller', outcomeUnknown: false, evict: false }),
  ping: async () => {},
};

(async () => {
  assert.equal((await import('@prunella/guard')).attach, attach);
  const guard = attach(adapter, { resource: 'constant/main' });
  assert.equal(await guard.run((seven) => seven), 7);
  assert.equal(health()().resources.length, 1);
  process.stdout.write('required, and ran\n');
})();

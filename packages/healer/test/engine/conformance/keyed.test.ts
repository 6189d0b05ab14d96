import { engineChecks } from 'prunella/engine-conformance';
import { describe, it } from 'vitest';
import { folderHarness } from './embedded-harness.ts';
import { KeyedEngine } from './keyed-engine.ts';

describe('an engine with one writer for each key, on the same core and backends', () => {
  it.each(engineChecks(folderHarness({}, KeyedEngine.start)))('$name', ({ run }) => run());
});

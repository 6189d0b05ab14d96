import { parsePlaybook, type TargetResolution } from '@prunella/core';
import { expect, it } from 'vitest';
import type { Backend, TargetRequest } from '../backends/backend.ts';
import { saltActions } from '../backends/salt/actions.ts';
import { parseConfiguration } from '../configuration/parse.ts';
import type { Plan } from './plan.ts';
import { silentTargets } from './silent-targets.ts';

const { configuration } = parseConfiguration(
  'resources: { postgres/main: { nodes: { a: { target: db1 }, b: { target: db9 }, c: {} } }, redis/x: {} }',
  'prunella.yaml',
  {},
);
const { playbooks } = parsePlaybook(
  'playbook: p\nfor: postgres/*\nladder: [{ action: salt.state.highstate }]\n',
  'p.yaml',
  { actions: saltActions },
);

/** A stand-in that knows who answers, and nothing else. */
function backendThat(answers: (request: TargetRequest) => TargetResolution, asked: TargetRequest[] = []) {
  const unused = () => Promise.reject(new Error('not asked for here'));
  const backend: Backend = {
    name: 'salt',
    promises: { finds: false, fences: false, cancels: false, dryRuns: false },
    actions: saltActions,
    resolve: async (request) => {
      asked.push(request);
      return answers(request);
    },
    dispatch: unused,
    find: unused,
    check: unused,
    close: async () => {},
  };
  return backend;
}

function planOf(): Plan {
  if (configuration === null) throw new Error('the configuration of the test is wrong');
  return { folder: '/', configuration, playbooks, playbookFiles: [], written: [], warnings: [] };
}

const never = new AbortController().signal;

it('a declared minion that does not answer is named, with its node and its resource, after one question', async () => {
  const asked: TargetRequest[] = [];
  const targets = [
    { id: 'db1', responding: true },
    { id: 'db9', responding: false },
  ];
  const backend = backendThat(() => ({ resolved: true, targets }), asked);
  expect(await silentTargets(planOf(), [backend], never)).toEqual([
    expect.stringMatching(/^the minion db9 \(node b of postgres\/main\) is not known or does not answer/),
  ]);
  expect(asked).toHaveLength(1);
});

it('a backend that cannot tell leaves it to its health', async () => {
  const backend = backendThat(() => ({ resolved: false, targets: [], error: 'away' }));
  expect(await silentTargets(planOf(), [backend], never)).toEqual([]);
});

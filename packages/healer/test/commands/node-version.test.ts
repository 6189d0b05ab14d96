import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nodeProblem } from '../../src/commands/node-version.ts';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

test.each(['22.13.0', '22.20.1', '24.0.0', process.versions.node])('Node.js %s will do', (version) => {
  expect(nodeProblem(version)).toBeNull();
});

test.each(['22.12.9', '20.20.2', '18.0.0'])('Node.js %s is told what is needed', (version) => {
  const [, wanted] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
  expect(nodeProblem(version)).toContain(`needs Node.js ${wanted} or later, and this is ${version}`);
});

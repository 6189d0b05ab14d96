import { readFileSync } from 'node:fs';
import type { AttemptOrder } from '@prunella/core';
import { processConfiguration } from '../../src/backends/process/configuration.ts';
import { createProcessBackend } from '../../src/backends/process/process-backend.ts';

/** A healer's process reduced to its process backend: gives one order, says when it was taken, and waits. */
const [path] = process.argv.slice(2);
const given: { folder: string; stateFolder: string; services: unknown; order: AttemptOrder } = JSON.parse(
  readFileSync(path ?? '', 'utf8'),
);
const configuration = processConfiguration({ folder: given.folder }).parse({ services: given.services });
const backend = createProcessBackend(configuration, { stateFolder: given.stateFolder, nodes: [] });
await backend.start();
await backend.dispatch(given.order, {
  signal: new AbortController().signal,
  onReference: (reference) => console.log(`taken ${reference}`),
  now: Date.now,
});
console.log('ended');
setInterval(() => {}, 1_000);

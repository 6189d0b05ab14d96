// An application that is killed around the commit which keeps three of its writes; a process of its own. It tells
// each write that was accepted as a line on its output. `node killed-at-commit.ts JOURNAL before|after`
import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { attach } from '@prunella/guard';
import { openJournal } from '@prunella/guard/journal';
import { StandInAdapter, type StandInHandle } from '../runtime/stand-in-adapter.ts';

const [file = '', when] = process.argv.slice(2);
const adapter = new StandInAdapter();
adapter.serves = 'unreachable';
const guard = attach(adapter, { resource: 'stand-in/main' });
const journal = await openJournal({ file });
const write = journal.writesFor(guard).define<string>('note', {
  apply: (handle: StandInHandle) => handle.ask().then(() => {}),
});
async function accept(name: string): Promise<void> {
  await write({ key: 'a', payload: name, idempotencyKey: name });
  writeSync(1, `${name}\n`);
}
await accept('first');

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}
const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (statement) {
  if (statement === 'COMMIT' && when === 'before') die();
  exec.call(this, statement);
  if (statement === 'COMMIT') die();
};
await Promise.all(['second', 'third', 'fourth'].map(accept));

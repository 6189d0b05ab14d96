// An application that writes through a journal until somebody kills it; a process of its own. Its database is a
// file of lines, and fails now and then. It tells each write that was accepted as a line on its output, after the
// fact. `node killed-application.ts JOURNAL DATABASE SEED FIRST_NUMBER [drain]`
import { appendFileSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { attach } from '@prunella/guard';
import { openJournal } from '@prunella/guard/journal';
import { seededRandom } from '../runtime/seeded-random.ts';
import { StandInAdapter, type StandInHandle } from '../runtime/stand-in-adapter.ts';

const [journalFile = '', database = '', seed = '0', firstNumber = '0', then] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const tell = (line: string) => writeSync(1, `${line}\n`);

const adapter = new StandInAdapter();
const guard = attach(adapter, {
  resource: 'stand-in/file',
  deadlineMs: 1_000,
  reconnect: { baseMs: 2, capMs: 5 },
  breaker: { consecutive: 3, openForMs: 2, windowMs: 100 },
  random,
});
const journal = await openJournal({ file: journalFile, maximumEntries: 1_000 });
const writes = journal.writesFor(guard);
const write = writes.define<number>('line', {
  apply: async (handle: StandInHandle, { idempotencyKey }) => {
    await handle.ask();
    // The write is made, and its answer may yet be lost.
    appendFileSync(database, `${idempotencyKey}\n`);
    await delay(random() * 2);
    await handle.ask();
  },
});
tell('ready');

async function writeOn(key: string): Promise<never> {
  for (let number = Number(firstNumber); ; number++) {
    const id = `${key} ${number}`;
    try {
      const { pending } = await write({ key, payload: number, idempotencyKey: id });
      tell(`${pending ? 'kept' : 'made'} ${id}`);
    } catch (error) {
      tell(`refused ${id} ${String(error)}`);
    }
    await delay(random() * 2);
  }
}

if (then === 'drain') {
  while (writes.waiting > 0) await delay(5);
  const poison = journal.list({ state: 'poison' }).length;
  await guard.detach();
  await journal.close();
  tell(`drained, ${poison} set aside`);
} else {
  for (const key of ['a', 'b', 'c', 'd']) void writeOn(key);
  for (;;) {
    await delay(random() * 15);
    adapter.serves = adapter.serves === true ? 'unreachable' : true;
  }
}

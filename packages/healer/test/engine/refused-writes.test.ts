import type { Condition } from '@prunella/protocol';
import { expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest, resource } from './engine-under-test.ts';

const allDown: Readonly<Record<string, Condition>> = { a: 'down', b: 'down' };
const allOk: Readonly<Record<string, Condition>> = { a: 'ok', b: 'ok' };

/** A stand-in for a disk that is full for as long as it says so. */
function fillable(isFull: () => boolean) {
  return (store: Store) =>
    storeWith(store, {
      commit: (transaction) =>
        isFull() ? Promise.reject(new Error('the disk is full')) : store.commit(transaction),
    });
}

it('a closing that the disk refused leaves the complaining instances followed', async () => {
  let isFull = false;
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    autonomy: 'ask',
    wrapStore: fillable(() => isFull),
  });
  const command = (given: Parameters<typeof test.engine.command>[1]['command']) =>
    test.engine.command(resource, { id: given.type, by: 'ada', command: given });
  await test.pass(3, allOk);
  test.database(false);
  await test.pass(20, allDown);
  isFull = true;
  await expect(command({ type: 'close', reason: 'a mistake' })).rejects.toThrow('the disk is full');
  isFull = false;
  await test.pass(3, allDown);

  const [incident] = await test.engine.incidents({ open: true, limit: 1 });
  const attempt = incident?.attempts.at(-1)?.attempt ?? '';
  const approved = command({ type: 'approve', attempt });
  await test.pass(3, allDown);
  expect(await approved).toMatchObject({ accepted: true });
  test.backend.of(attempt).end({ outcome: 'succeeded', summary: 'done', targets: [] });
  test.database(true);
  await test.pass(10, allOk);
  const verdicts = (await test.engine.log({ limit: 1_000 })).flatMap(({ event }) =>
    event.type === 'verdict-given' ? [event.verdict] : [],
  );
  expect(verdicts).toEqual(['effective']);
});

it('a listener of faults that throws does not end the engine', async () => {
  let isFull = false;
  const test = await EngineUnderTest.start({
    folder: await temporaryFolder(),
    wrapStore: fillable(() => isFull),
    engine: {
      onFault: () => {
        throw new Error('the application has a fault of its own');
      },
    },
  });
  await test.pass(3, allOk);
  isFull = true;
  test.database(false);
  await test.pass(5, allDown);
  isFull = false;
  await test.pass(20, allDown);
  expect(test.backend.sent).toHaveLength(1);
});

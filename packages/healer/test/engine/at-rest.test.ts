import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { atRest } from '../../src/engine-conformance/at-rest.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('this process is at rest', () => {
  it('when what asks for one turn after another has ended, however many, for all who wait', async () => {
    let taken = 0;
    const work = async () => {
      for (; taken < 500; taken += 1) await turn();
    };
    void work();
    await Promise.all([atRest(), atRest()]);
    expect(taken).toBe(500);
  });

  it('when files are read', async () => {
    let length = 0;
    const work = async () => {
      for (let time = 0; time < 20; time += 1) length += (await readFile(import.meta.filename)).length;
    };
    let hasEnded = false;
    void work().then(() => {
      hasEnded = true;
    });
    await atRest();
    expect(hasEnded).toBe(true);
    expect(length).toBeGreaterThan(0);
  });

  it('while a timer runs and somebody waits for what a test has not given yet', async () => {
    const timer = setTimeout(() => undefined, 60_000);
    void new Promise(() => undefined).then(() => undefined);
    await atRest();
    clearTimeout(timer);
  });

  it('or says what goes on, and asks anew the next time', async () => {
    let goesOn = true;
    const work = async () => {
      while (goesOn) await turn();
    };
    const ended = work();
    await expect(atRest(20)).rejects.toThrow('this process did not come to rest within 20 ms: Immediate');
    goesOn = false;
    await ended;
    await atRest();
  });
});

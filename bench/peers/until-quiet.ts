import { waitFor } from '@prunella/labs';

const deadlineMs = 900_000;

/** Until so many are there, or no more have come for a while. */
export async function untilQuiet(
  count: () => Promise<number>,
  wanted: number,
  quietForMs: number,
): Promise<void> {
  let most = -1;
  let since = performance.now();
  const isQuiet = async () => {
    const there = await count();
    if (there > most) {
      most = there;
      since = performance.now();
    }
    return most >= wanted || performance.now() - since > quietForMs;
  };
  await waitFor(isQuiet, { what: 'the last action', deadlineMs, everyMs: 200 });
}

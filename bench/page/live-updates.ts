import type { MeasuredHealer } from './measured-healer.ts';
import type { BenchVisitor, Watched } from './visitor.ts';

const eventsPerSecond = 100;
const everyMs = 100;

/** The page is looked at, with a pointer that moves, while the condition of as many resources changes each second. */
export async function watchLive(
  healer: MeasuredHealer,
  visitor: BenchVisitor,
  seconds: number,
): Promise<Watched> {
  const perBeat = (eventsPerSecond * everyMs) / 1_000;
  const beats = (seconds * 1_000) / everyMs;
  return visitor.watch(async () => {
    let beat = 0;
    let failure: unknown = null;
    const sending: Promise<void>[] = [];
    const timer = setInterval(() => {
      if (beat >= beats) return;
      const round = Math.floor((beat * perBeat) / eventsPerSecond);
      const first = (beat * perBeat) % eventsPerSecond;
      const sent = healer
        .reportOn(first, perBeat, round % 2 === 0 ? 'down' : 'ok')
        .catch((error: unknown) => {
          failure = error;
        });
      sending.push(sent);
      beat += 1;
    }, everyMs);
    try {
      for (let move = 0; beat < beats; move += 1) {
        await visitor.page.mouse.move(300 + (move % 200), 400 + (move % 100));
      }
    } finally {
      clearInterval(timer);
    }
    await Promise.all(sending);
    if (failure !== null) throw failure;
  });
}

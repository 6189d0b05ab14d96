import {
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  fallback,
  handleAll,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import CircuitBreaker from 'opossum';
import { interleave, median, medianOfPairs, microsecondsPerCall } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { guardedNothing, works } from './stand-in.ts';

const callsPerRound = 50_000;
const deadlineMs = 1_000;

/** What a call costs while all is well. */
export async function measureCalls(rounds: number): Promise<Row[]> {
  const guard = guardedNothing();
  const cockatiel = wrap(
    fallback(handleAll, 0),
    retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
    circuitBreaker(handleAll, { halfOpenAfter: 5_000, breaker: new ConsecutiveBreaker(5) }),
    timeout(deadlineMs, TimeoutStrategy.Aggressive),
  );
  const opossum = new CircuitBreaker(works);
  const options = { deadlineMs };
  const measured = await interleave(
    {
      bare: microsecondsPerCall(callsPerRound, () => works()),
      guard: microsecondsPerCall(callsPerRound, () => guard.run(works, options)),
      cockatiel: microsecondsPerCall(callsPerRound, () => cockatiel.execute(works)),
      opossum: microsecondsPerCall(callsPerRound, () => opossum.fire()),
    },
    { rounds, warmUpRounds: 3 },
  );
  opossum.shutdown();
  await guard.detach();

  const ours = median(measured.guard);
  const ofCockatiel = median(measured.cockatiel);
  const ofOpossum = median(measured.opossum);
  return [
    judged({
      figure: 'run with a deadline, above the bare await',
      ours: medianOfPairs(measured.guard, measured.bare, (guarded, bare) => guarded - bare),
      peer: median(measured.bare),
      peerName: 'the bare await, whole',
      bar: { rule: 'at most', value: 0.5, from: 'fixed' },
      unit: 'µs',
    }),
    judged({
      figure: 'run with a deadline, beside cockatiel',
      ours,
      peer: ofCockatiel,
      peerName: 'cockatiel: timeout, retry, breaker, fallback',
      bar: { rule: 'at most', value: ofCockatiel / 10, from: 'a tenth of the peer' },
      unit: 'µs',
    }),
    judged({
      figure: 'run with a deadline, beside opossum',
      ours,
      peer: ofOpossum,
      peerName: 'opossum: default breaker',
      bar: { rule: 'below', value: ofOpossum, from: 'the peer' },
      unit: 'µs',
    }),
  ];
}

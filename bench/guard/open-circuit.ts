import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import CircuitBreaker from 'opossum';
import { interleave, median, microsecondsPerCall } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { fails, guardedNothing, openGuard, works } from './stand-in.ts';

const callsPerRound = 20_000;
const longMs = 3_600_000;
const key = 'monitor:1';
const monitor = { cid: '1', name: 'front page', failcount: 3, url: 'https://example.com/', timer: 30 };

/** What a call costs while the resource is known to be down. */
export async function measureOpenCircuit(rounds: number): Promise<Row[]> {
  const guard = await openGuard();
  const opossum = new CircuitBreaker(works, { resetTimeout: longMs });
  opossum.open();
  const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: longMs, breaker: new ConsecutiveBreaker(1) });
  await cockatiel.execute(fails).catch(() => {});

  const measured = await interleave(
    {
      guard: microsecondsPerCall(callsPerRound, () => guard.tryRun(works)),
      cockatiel: microsecondsPerCall(callsPerRound, () => refused(cockatiel.execute(works))),
      opossum: microsecondsPerCall(callsPerRound, () => refused(opossum.fire())),
    },
    { rounds, warmUpRounds: 3 },
  );
  opossum.shutdown();
  await guard.detach();

  const peers = [
    { peer: median(measured.cockatiel), peerName: 'cockatiel: open breaker' },
    { peer: median(measured.opossum), peerName: 'opossum: open breaker' },
  ];
  return peers.map(({ peer, peerName }) =>
    judged({
      figure: `open circuit: tryRun, beside ${peerName.slice(0, peerName.indexOf(':'))}`,
      ours: median(measured.guard),
      peer,
      peerName,
      bar: { rule: 'at most', value: peer / 7, from: 'a seventh of the peer' },
      unit: 'µs',
    }),
  );
}

/** What a read from the cache costs while the resource is known to be down. */
export async function measureCachedRead(rounds: number): Promise<Row[]> {
  const guard = guardedNothing({
    breaker: { consecutive: 1, openForMs: longMs },
    reconnect: { baseMs: 60_000, capMs: longMs },
  });
  await guard.read({ key, load: async () => monitor });
  await guard.tryRun(fails);
  const request = { key, load: fails };
  const answer = await guard.read(request);
  if (!answer.cacheOnly) throw new Error('the breaker is not open: this would measure something else');

  const bento = new BentoCache({
    default: 'memory',
    stores: { memory: bentostore().useL1Layer(memoryDriver()) },
  });
  await bento.set({ key, value: monitor, ttl: longMs });
  const load = async () => monitor;
  const measured = await interleave(
    {
      guard: microsecondsPerCall(callsPerRound, () => guard.read(request)),
      get: microsecondsPerCall(callsPerRound, () => bento.get({ key })),
      getOrSet: microsecondsPerCall(callsPerRound, () => bento.getOrSet({ key, factory: load, ttl: longMs })),
    },
    { rounds, warmUpRounds: 3 },
  );
  await bento.disconnectAll();
  await guard.detach();

  const peers = [
    { peer: median(measured.get), peerName: 'bentocache: get' },
    { peer: median(measured.getOrSet), peerName: 'bentocache: getOrSet' },
  ];
  return peers.map(({ peer, peerName }) =>
    judged({
      figure: `open circuit: read from the memory cache, beside ${peerName}`,
      ours: median(measured.guard),
      peer,
      peerName,
      bar: { rule: 'below', value: peer, from: "the peer's memory hit" },
      unit: 'µs',
    }),
  );
}

async function refused(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch {
    return;
  }
  throw new Error('the breaker is not open: this would measure something else');
}

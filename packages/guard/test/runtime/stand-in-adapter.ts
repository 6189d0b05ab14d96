import type { Adapter, Classification, Lease } from '@prunella/guard';
import type { FaultKind } from '@prunella/protocol';

export class StandInError extends Error {
  readonly kind: FaultKind;
  readonly evict: boolean;

  constructor(kind: FaultKind, message = `stand-in ${kind}`, evict = false) {
    super(message);
    this.kind = kind;
    this.evict = evict;
  }
}

export interface StandInHandle {
  ask(): Promise<string>;
}

/** A stand-in for a driver and its server: it serves, fails with an error of a kind, or never answers. */
export class StandInAdapter implements Adapter<StandInHandle> {
  readonly driver = 'stand-in';
  serves: true | FaultKind | 'never' = true;
  /** What pings meet, where it differs. */
  pingServes: StandInAdapter['serves'] | undefined;
  waiting = false;
  leases = 0;
  ended = 0;
  abandoned = 0;
  pings = 0;
  closed = 0;
  onFault: ((error: unknown) => void) | undefined;

  lease(): Lease<StandInHandle> {
    this.leases++;
    return {
      handle: { ask: () => this.#answer(this.serves) },
      abandon: () => {
        this.abandoned++;
      },
      waitsForOwnPool: () => this.waiting,
      end: () => {
        this.ended++;
      },
    };
  }

  classify(error: unknown): Classification {
    if (!(error instanceof StandInError)) return { kind: 'caller', outcomeUnknown: false, evict: false };
    return { kind: error.kind, outcomeUnknown: error.kind === 'unreachable', evict: error.evict };
  }

  async ping(): Promise<void> {
    this.pings++;
    await this.#answer(this.pingServes ?? this.serves);
  }

  watch(onFault: (error: unknown) => void): () => void {
    this.onFault = onFault;
    return () => {
      this.onFault = undefined;
    };
  }

  async close(): Promise<void> {
    this.closed++;
  }

  #answer(serves: StandInAdapter['serves']): Promise<string> {
    if (serves === 'never') return new Promise(() => {});
    return serves === true ? Promise.resolve('answer') : Promise.reject(new StandInError(serves));
  }
}

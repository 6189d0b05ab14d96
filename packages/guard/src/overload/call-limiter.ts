import { AsyncResource } from 'node:async_hooks';
import type { Directive } from '@prunella/protocol';
import type { Fault, FaultCode } from '../fault.ts';
import type { Internals } from '../internals.ts';
import type { Core } from '../runtime/core.ts';
import type { Limiter } from '../runtime/limiter.ts';
import type { Overload } from './places.ts';
import { WaitingCalls } from './waiting-calls.ts';

const longestOrderMs = 60_000;
/** Between two looks at the room that a slow start has made, at least. */
const leastLookMs = 20;

export interface Limits {
  readonly maximumCalls: number;
  readonly maximumWaiting: number;
  readonly slowStartMs: number;
  readonly fromShare: number;
  readonly maximumShedShare: number;
  readonly serveCache: boolean;
}

/** What the healer asked for, while it holds. */
interface Order {
  readonly from: number;
  readonly until: number;
  /** Of calls, for `shed`. */
  readonly share: number;
  readonly fault: Fault;
}

/** The places of one guard, those that wait for one, and the orders to use fewer. */
export class CallLimiter<Handle> implements Limiter, Overload {
  readonly #core: Core<Handle>;
  readonly #limits: Limits;
  readonly #waiting = new WaitingCalls();
  #running = 0;
  /** When the slow start began. */
  #recoveredAt = Number.NEGATIVE_INFINITY;
  /** A look at the room is planned. */
  #fills = false;
  #shed: Order | null = null;
  #serveCache: Order | null = null;

  constructor({ core }: Internals<Handle>, limits: Limits) {
    this.#core = core;
    this.#limits = limits;
    core.emitter.on('condition', ({ condition, previous }) => {
      if (previous !== 'down' || condition === 'down') return;
      this.#recoveredAt = core.clock.now();
      this.#planFill();
    });
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.count;
  }

  get places(): number {
    const { maximumCalls, slowStartMs, fromShare } = this.#limits;
    const passedMs = this.#core.clock.now() - this.#recoveredAt;
    if (!(passedMs < slowStartMs)) return maximumCalls;
    const share = fromShare + (1 - fromShare) * (passedMs / slowStartMs);
    return Math.max(1, Math.floor(maximumCalls * share));
  }

  enter(start: () => boolean): Fault | null {
    const shed = this.#holding(this.#shed);
    if (shed !== null && this.#core.settings.random() < shed.share) return shed.fault;
    this.#fill();
    if (this.#running < this.places && this.#waiting.count === 0) {
      this.#start(start);
      return null;
    }
    const { maximumWaiting } = this.#limits;
    if (this.#waiting.count >= maximumWaiting || this.#waiting.kept >= 2 * maximumWaiting) {
      return this.#tooMany();
    }
    // It begins when another call ends, and must not find that one's context, such as its tenant.
    this.#waiting.add(AsyncResource.bind(start));
    this.#planFill();
    return null;
  }

  leave(wasStarted: boolean): void {
    if (!wasStarted) {
      this.#waiting.giveUp();
      return;
    }
    this.#running -= 1;
    this.#fill();
  }

  /** Why a read is to be answered from its copy; null where the resource is to be asked. */
  spare(): Fault | null {
    return this.#holding(this.#serveCache)?.fault ?? null;
  }

  obey(directive: Directive): void {
    const { maximumShedShare, serveCache } = this.#limits;
    const asked = directive.share ?? 1;
    if (directive.directive === 'recovered') {
      // Not all instances come back in one moment.
      const endsAt = this.#core.clock.now() + this.#core.settings.random() * directive.spreadMs;
      this.#shed = endedBy(this.#shed, endsAt);
      this.#serveCache = endedBy(this.#serveCache, endsAt);
    } else if (directive.directive === 'shed' && asked > 0) {
      const share = Math.min(asked, maximumShedShare);
      if (share > 0) this.#shed = this.#order(directive, share, 'calls are refused');
    } else if (directive.directive === 'serve-cache' && serveCache) {
      this.#serveCache = this.#order(directive, 1, 'reads are answered from the cache');
    }
  }

  #fill(): void {
    while (this.#running < this.places && this.#start(() => this.#waiting.startNext()));
    this.#planFill();
  }

  /** A slow start makes room without any call that ends or comes. */
  #planFill(): void {
    const { places } = this;
    const { maximumCalls, slowStartMs, fromShare } = this.#limits;
    if (this.#fills || this.#waiting.count === 0 || places === maximumCalls) return;
    this.#fills = true;
    const { clock, deadlines } = this.#core;
    const nextAtMs = (slowStartMs * ((places + 1) / maximumCalls - fromShare)) / (1 - fromShare);
    const delayMs = Math.max(leastLookMs, this.#recoveredAt + nextAtMs - clock.now());
    deadlines.after(delayMs, () => {
      this.#fills = false;
      this.#fill();
    });
  }

  /** The place is taken first: what is started may end at once. */
  #start(start: () => boolean): boolean {
    this.#running += 1;
    const started = start();
    if (!started) this.#running -= 1;
    return started;
  }

  #order({ spreadMs, forMs = longestOrderMs }: Directive, share: number, what: string): Order {
    const { clock, settings } = this.#core;
    const from = clock.now() + settings.random() * spreadMs;
    const until = from + Math.min(Math.max(0, forMs), longestOrderMs);
    const message = `${settings.resource} is spared: ${what} now, since the healer asked for it`;
    return { from, until, share, fault: this.#fault('PRUNELLA_SHED', 'overloaded', message) };
  }

  #holding(order: Order | null): Order | null {
    if (order === null) return null;
    const now = this.#core.clock.now();
    return order.from <= now && now < order.until ? order : null;
  }

  #tooMany(): Fault {
    const { resource } = this.#core.settings;
    const message =
      `${resource} is not tried now: ${this.#running} calls run and ${this.#waiting.count} wait, as many as` +
      ' the options of overload allow';
    return this.#fault('PRUNELLA_TOO_MANY_CALLS', 'local', message);
  }

  #fault(code: FaultCode, kind: Fault['kind'], message: string): Fault {
    return { code, kind, resource: this.#core.settings.resource, message, outcomeUnknown: false };
  }
}

function endedBy(order: Order | null, endsAt: number): Order | null {
  return order === null ? null : { ...order, until: Math.min(order.until, endsAt) };
}

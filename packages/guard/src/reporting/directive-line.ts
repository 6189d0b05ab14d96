import type { Directive } from '@prunella/protocol';
import type { ReporterParts } from './reporter-parts.ts';
import type { Transport } from './transport.ts';

const waitMs = 50_000;
const lingerMs = 60_000;
const backoff = { baseMs: 500, capMs: 30_000 };
/** From one request to the next, at least: a healer can have something new without end. */
const leastBetweenMs = 100;
/** A healer that answers sooner with nothing does not keep its word and is asked less often. */
const soonMs = 500;
const rememberedIncidents = 256;
const mostPerAnswer = 256;
const mostSpreadMs = 300_000;

interface LineParts {
  readonly parts: ReporterParts;
  readonly transport: Transport;
  readonly instance: string;
  readonly epoch: string;
  readonly obey: (directive: Directive) => void;
}

/** Keeps one request open to the healer while a guard is not ok, and for a minute after. */
export class DirectiveLine {
  readonly #given: LineParts;
  readonly #sequences = new Map<string, number>();
  #cursor: string | undefined;
  #sick = false;
  #until = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #open: AbortController | null = null;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(given: LineParts) {
    this.#given = given;
  }

  follow(sick: boolean): void {
    if (this.#sick && !sick) this.#until = this.#given.parts.clock.now() + lingerMs;
    this.#sick = sick;
    if (this.#open === null && this.#cancel === null) this.#ask();
  }

  /** Nobody is left to obey. */
  rest(): void {
    this.#sick = false;
    this.#until = Number.NEGATIVE_INFINITY;
    this.#cancel?.();
    this.#cancel = null;
    this.#open?.abort();
  }

  stop(): void {
    this.#stopped = true;
    this.rest();
  }

  get #wanted(): boolean {
    return !this.#stopped && (this.#sick || this.#given.parts.clock.now() < this.#until);
  }

  async #ask(): Promise<void> {
    if (!this.#wanted) return;
    const { parts, transport, instance, epoch } = this.#given;
    const { clock } = parts;
    const open = new AbortController();
    this.#open = open;
    const beganAt = clock.now();
    const query = new URLSearchParams({ instance, epoch, waitMs: String(waitMs) });
    if (this.#cursor !== undefined) query.set('after', this.#cursor);
    let useful = false;
    try {
      const answer = await transport.send({
        method: 'GET',
        path: `/v1/directives?${query}`,
        timeoutMs: waitMs + 5_000,
        signal: open.signal,
      });
      if (answer.status === 200) useful = this.#take(answer.body) || clock.now() - beganAt >= soonMs;
      else this.#cursor = undefined;
    } catch {
      // The reporter, which talks to the same address, says so.
    }
    this.#open = null;
    if (!this.#wanted) return;
    this.#failures = useful ? 0 : this.#failures + 1;
    const delayMs = useful
      ? Math.max(0, beganAt + leastBetweenMs - clock.now())
      : parts.random() * Math.min(backoff.capMs, backoff.baseMs * 2 ** this.#failures);
    this.#cancel = clock.after(delayMs, () => {
      this.#cancel = null;
      this.#ask();
    });
  }

  /** True where something new was said. */
  #take(body: unknown): boolean {
    const { cursor, directives }: { cursor?: unknown; directives?: unknown } = Object(body);
    if (typeof cursor === 'string' && cursor.length <= 1_000) this.#cursor = cursor;
    if (!Array.isArray(directives)) return false;
    let useful = false;
    for (const directive of directives.slice(0, mostPerAnswer)) {
      if (!isDirective(directive) || !this.#isNew(directive)) continue;
      useful = true;
      this.#given.obey({ ...directive, spreadMs: Math.min(directive.spreadMs, mostSpreadMs) });
    }
    return useful;
  }

  #isNew({ incident, sequence }: Directive): boolean {
    const newest = this.#sequences.get(incident);
    if (newest !== undefined && sequence <= newest) return false;
    this.#sequences.delete(incident);
    this.#sequences.set(incident, sequence);
    for (const oldest of this.#sequences.keys()) {
      if (this.#sequences.size <= rememberedIncidents) break;
      this.#sequences.delete(oldest);
    }
    return true;
  }
}

function isDirective(value: unknown): value is Directive {
  const given: Record<string, unknown> = Object(value);
  return (
    ['directive', 'resource', 'incident'].every((name) => typeof given[name] === 'string') &&
    ['sequence', 'spreadMs'].every((name) => Number.isFinite(given[name]) && Number(given[name]) >= 0)
  );
}

import { connect } from 'node:net';
import type { Condition, Report } from '@prunella/protocol';

const everyMs = 100;

/** An application that uses `web/shop`: calls it again and again, and reports what it saw as a guard does. */
export class Shop {
  readonly #port: number;
  readonly #healer: string;
  readonly #token: string;
  readonly #stopped = new AbortController();
  #condition: Condition = 'unknown';
  #sinceAt = performance.now();
  #firstFaultAt: number | null = null;
  #lastSuccessAt = performance.now();
  #successes = 0;
  #faults = 0;
  #sequence = 0;

  constructor(port: number, healer: string, token: string) {
    this.#port = port;
    this.#healer = healer;
    this.#token = token;
    void this.#live();
  }

  stop(): void {
    this.#stopped.abort();
  }

  async #live(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      this.#note(await answers(this.#port));
      await fetch(`${this.#healer}/v1/reports`, {
        method: 'POST',
        signal,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ reports: [this.#report()] }),
      }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  #note(isWell: boolean): void {
    const condition = isWell ? 'ok' : 'down';
    if (condition !== this.#condition) this.#sinceAt = performance.now();
    this.#condition = condition;
    if (isWell) {
      this.#successes += 1;
      this.#lastSuccessAt = performance.now();
      this.#firstFaultAt = null;
    } else {
      this.#faults += 1;
      this.#firstFaultAt ??= performance.now();
    }
  }

  #report(): Report {
    this.#sequence += 1;
    const now = performance.now();
    return {
      protocol: 1,
      service: 'shop',
      host: 'app1',
      instance: 'shop/app1/1',
      epoch: 'one',
      sequence: this.#sequence,
      heartbeatMs: 1_000,
      conditions: [
        {
          resource: 'web/shop',
          condition: this.#condition,
          sinceMs: now - this.#sinceAt,
          successes: this.#successes,
          faults: this.#faults === 0 ? {} : { unreachable: this.#faults },
          lastSuccessAgeMs: now - this.#lastSuccessAt,
          ...(this.#firstFaultAt === null
            ? {}
            : {
                firstFaultAgeMs: now - this.#firstFaultAt,
                lastFaultKind: 'unreachable' as const,
                sample: `connect ECONNREFUSED 127.0.0.1:${this.#port}`,
              }),
        },
      ],
    };
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    const end = (isWell: boolean) => {
      socket.destroy();
      resolve(isWell);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

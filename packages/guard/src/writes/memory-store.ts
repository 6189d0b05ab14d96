import type { Fault } from '../fault.ts';
import type { KeptWrite, WriteStore } from './kept-write.ts';

/** Kept writes that go with the process. */
export class MemoryStore implements WriteStore {
  readonly durable = false;
  readonly #maximumCount: number;
  readonly #maximumBytes: number;
  #order = 0;
  #count = 0;
  #bytes = 0;

  constructor(limits: { readonly maximumCount: number; readonly maximumBytes: number }) {
    this.#maximumCount = limits.maximumCount;
    this.#maximumBytes = limits.maximumBytes;
  }

  nextOrder(): number {
    return this.#order++;
  }

  refusal(bytes: number): string | null {
    if (this.#count < this.#maximumCount && this.#bytes + bytes <= this.#maximumBytes) return null;
    return (
      `${this.#count} writes (about ${this.#bytes} bytes) wait already, of ${this.#maximumCount}` +
      ` (${this.#maximumBytes}) allowed by the options of degradedWrites`
    );
  }

  async keep({ bytes }: KeptWrite): Promise<void> {
    this.#count++;
    this.#bytes += bytes;
  }

  forget({ bytes }: KeptWrite): void {
    this.#count--;
    this.#bytes -= bytes;
  }

  failed(_write: KeptWrite, _fault: Fault): void {}

  /** Nobody takes it over. */
  leave(write: KeptWrite): void {
    this.forget(write);
  }

  setAside(write: KeptWrite, _fault: Fault): void {
    this.forget(write);
  }
}

/** A value that knows the text that it is stored as, so that what many values share is written out once. */
export class JsonText {
  readonly #write: () => string;

  constructor(write: () => string) {
    this.#write = write;
  }

  /** Throws where it is not JSON, as `JSON.stringify` does. */
  write(): string {
    return this.#write();
  }

  toJSON(): unknown {
    return JSON.parse(this.#write());
  }
}

export function jsonTextOf(value: unknown): string {
  return value instanceof JsonText ? value.write() : JSON.stringify(value);
}

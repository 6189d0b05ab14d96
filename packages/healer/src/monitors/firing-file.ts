import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const message = z.object({ at: z.number(), detail: z.string(), output: z.string().optional() });

const firing = z.object({
  resource: z.string(),
  node: z.string().nullable(),
  /** Of its first failure, ms since the Unix epoch; names it for ever. */
  since: z.number(),
  firing: message,
  /** The healer's store has it. */
  told: z.boolean(),
  /** It is over, and the store does not have that yet. */
  resolved: message.nullable(),
});

/** One monitor that fires, or has to be told of as resolved. */
export type Firing = z.output<typeof firing>;

const content = z.object({ version: z.literal(1), monitors: z.record(z.string(), firing) });

/**
 * What fires, in a file beside the store, written before it is told: after a crash it is told again under the same
 * name, which the store knows to be the same, so that nothing is forgotten and nothing comes twice.
 */
export class FiringFile {
  readonly #path: string;
  readonly #entries = new Map<string, Firing>();
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#path = join(folder, 'monitors.json');
  }

  /** Rejects where the file is there and cannot be read; it is then as if nothing fired. */
  async load(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return;
    const { monitors } = content.parse(JSON.parse(text));
    for (const [name, entry] of Object.entries(monitors)) this.#entries.set(name, entry);
  }

  get(name: string): Firing | undefined {
    return this.#entries.get(name);
  }

  names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Resolves when it is on disk. */
  set(name: string, entry: Firing | null): Promise<void> {
    if (entry === null) this.#entries.delete(name);
    else this.#entries.set(name, entry);
    // One after the other: each writes all that is known then.
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const written = { version: 1, monitors: Object.fromEntries(this.#entries) };
    const beside = `${this.#path}.new`;
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(written));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.#path);
  }
}

import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

export type Break = 'SIGKILL' | 'SIGSTOP';

/** Breaks the database, one break at a time, whoever asks for it. */
export class Breaker {
  readonly #stage: Stage;
  readonly #screen: Screen;
  readonly #breakOnce: (how: Break) => Promise<unknown>;
  #busy = false;

  /** `breakOnce` resolves when the break is healed, or given up. */
  constructor(stage: Stage, screen: Screen, breakOnce: (how: Break) => Promise<unknown>) {
    this.#stage = stage;
    this.#screen = screen;
    this.#breakOnce = breakOnce;
  }

  /** Null where it is broken already; else resolves when that is over. */
  begin(how: Break): Promise<void> | null {
    if (this.#busy) return null;
    this.#busy = true;
    return this.#follow(how);
  }

  /** Says what holds from now on. */
  async toggleRepairs(): Promise<string> {
    const { database } = this.#stage;
    const refuse = !database.refusesToStart;
    await database.refuseToStart(refuse);
    const text = refuse
      ? 'from now on the database refuses to start: the next repair will not help (the same again lifts it)'
      : 'the database may start again: the next repair will help';
    this.#screen.say(text);
    return text;
  }

  async #follow(how: Break): Promise<void> {
    try {
      await this.#breakOnce(how);
      this.#stage.actioners.send();
    } finally {
      this.#busy = false;
    }
  }
}

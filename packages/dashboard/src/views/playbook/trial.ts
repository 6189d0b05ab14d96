import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Problem } from '@prunella/core';
import type { WholePlaybook } from '../../api/playbooks.ts';
import { sentenceOf } from '../../api/problem.ts';
import { Core, CoreEnded } from '../../core-worker/ask-core.ts';
import type { Lived } from '../../core-worker/messages.ts';
import { askSurroundings, type Surroundings } from './surroundings.ts';

/** How long nobody types before the text is checked. */
const pauseMs = 350;

export const scenarioFile = 'scenario';

/** What somebody tries with a playbook in the page. Nothing of it leaves the browser. */
export class Trial {
  readonly playbook: WholePlaybook;
  /** As it is tried; null while it is only read. */
  readonly text: Signal<string | null> = signal(null);
  /** Of `text`; null while it was not checked as it stands. */
  readonly problems: Signal<readonly Problem[] | null> = signal(null);
  /** Null until it is generated or pasted. */
  readonly scenario: Signal<string | null> = signal(null);
  readonly lived: Signal<Lived | null> = signal(null);
  readonly isRunning: Signal<boolean> = signal(false);
  /** Why something could not be done. */
  readonly failure: Signal<string | null> = signal(null);
  readonly isChanged: ReadonlySignal<boolean>;
  readonly #checker = new Core();
  readonly #runner = new Core();
  readonly #stopping = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #surroundings: Promise<Surroundings> | null = null;

  constructor(playbook: WholePlaybook) {
    this.playbook = playbook;
    this.isChanged = computed(() => this.text.value !== null && this.text.value !== playbook.text);
  }

  get file(): string {
    return this.playbook.file ?? this.playbook.name;
  }

  begin(): void {
    this.text.value = this.playbook.text ?? '';
    void this.#check();
  }

  edit(text: string): void {
    this.text.value = text;
    this.problems.value = null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#check(), pauseMs);
  }

  /** Forgets what was tried of the text. */
  leave(): void {
    clearTimeout(this.#timer);
    this.#checker.end();
    this.text.value = null;
    this.problems.value = null;
  }

  async makeScenario(): Promise<void> {
    await this.#busy(async () => {
      const { resources } = await this.#surroundingsOnce();
      const { scenario } = await this.#runner.ask<'write'>({
        what: 'write',
        playbook: this.playbook.name,
        owned: this.playbook.resources.names,
        resources,
        ...(await this.#tried()),
      });
      this.scenario.value =
        scenario ?? '# The playbook has errors: for this text no scenario can be written.\n';
    });
  }

  writeScenario(text: string): void {
    this.scenario.value = text;
    this.lived.value = null;
  }

  async run(): Promise<void> {
    await this.#busy(async () => {
      this.lived.value = await this.#runner.ask<'run'>({
        what: 'run',
        scenario: this.scenario.peek() ?? '',
        scenarioFile,
        ...(await this.#tried()),
      });
    });
  }

  async #busy(act: () => Promise<void>): Promise<void> {
    this.isRunning.value = true;
    this.lived.value = null;
    await this.#unlessFails(act);
    this.isRunning.value = false;
  }

  stopRunning(): void {
    this.#runner.end();
  }

  end(): void {
    this.#stopping.abort();
    this.leave();
    this.#runner.end();
  }

  async #check(): Promise<void> {
    const text = this.text.peek();
    await this.#unlessFails(async () => {
      const { resources } = await this.#surroundingsOnce();
      const tried = await this.#tried();
      if (this.text.peek() !== text || text === null) return;
      const { problems } = await this.#checker.ask<'check'>({
        what: 'check',
        file: this.file,
        resources,
        ...tried,
      });
      if (this.text.peek() === text) this.problems.value = problems;
    });
  }

  async #tried() {
    const { others, actions } = await this.#surroundingsOnce();
    const text = this.text.peek() ?? this.playbook.text ?? '';
    return { sources: [{ file: this.file, text }, ...others], actions };
  }

  #surroundingsOnce(): Promise<Surroundings> {
    this.#surroundings ??= askSurroundings(this.playbook, this.#stopping.signal).catch((error: unknown) => {
      this.#surroundings = null;
      throw error;
    });
    return this.#surroundings;
  }

  async #unlessFails(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.failure.value = null;
    } catch (error) {
      if (error instanceof CoreEnded || this.#stopping.signal.aborted) return;
      this.failure.value = sentenceOf(error);
    }
  }
}

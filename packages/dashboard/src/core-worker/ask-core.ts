import type { AnswerOf, CoreAnswer, CoreQuestion } from './messages.ts';

/** A scenario may last a week and a text may be long; nothing useful takes as long as this. */
const longestMs = 30_000;

/**
 * Asks core, which is loaded when it is first asked, in a thread of its own: the page never waits for it. One
 * question at a time; a newer one ends the one before, and so does `end`.
 */
export class Core {
  #worker: Worker | null = null;
  #giveUp: ((why: Error) => void) | null = null;

  ask<What extends CoreQuestion['what']>(
    question: Extract<CoreQuestion, { what: What }>,
  ): Promise<AnswerOf[What]> {
    if (this.#giveUp !== null) this.end();
    const worker = this.#worker ?? this.#start();
    return new Promise<AnswerOf[What]>((resolve, reject) => {
      const over = () => {
        clearTimeout(timer);
        this.#giveUp = null;
        worker.onmessage = null;
        worker.onerror = null;
      };
      this.#giveUp = (why) => {
        over();
        this.#worker?.terminate();
        this.#worker = null;
        reject(why);
      };
      const timer = setTimeout(
        () => this.#giveUp?.(new Error(`It took longer than ${longestMs / 1_000} s and was ended.`)),
        longestMs,
      );
      worker.onmessage = ({ data }: MessageEvent<CoreAnswer>) => {
        over();
        if ('failed' in data) reject(new Error(data.failed));
        // What is asked decides what is answered.
        else resolve(data.answer as AnswerOf[What]);
      };
      worker.onerror = () =>
        this.#giveUp?.(new Error('What checks playbooks did not load: load the page anew.'));
      worker.postMessage(question);
    });
  }

  end(): void {
    this.#giveUp?.(new CoreEnded());
    this.#worker?.terminate();
    this.#worker = null;
  }

  #start(): Worker {
    this.#worker = new Worker(new URL('./core-worker.ts', import.meta.url), { type: 'module' });
    return this.#worker;
  }
}

/** Nobody waits for the answer any more. */
export class CoreEnded extends Error {}

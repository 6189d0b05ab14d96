import type { CommandIo, CommandTerminal } from '../command.ts';

/** The other screen, without a cursor, and without breaking lines that are wider than it. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';
/** A terminal that knows these shows what is between them at once. */
const beginUpdate = '\u001b[?2026h';
const endUpdate = '\u001b[?2026l';

/** Draws whole screens, and writes only the lines that changed, so that nothing flickers. */
export class Painter {
  readonly #stdout: CommandIo['stdout'];
  readonly #forgetRestore: () => void;
  #shown: readonly string[] = [];
  #left = false;

  constructor(stdout: CommandIo['stdout'], terminal: CommandTerminal) {
    this.#stdout = stdout;
    this.#forgetRestore = terminal.onProcessEnd(() => this.#leave());
    stdout.write(enter);
  }

  draw(lines: readonly string[]): void {
    const changed = lines.flatMap((line, index) =>
      line === this.#shown[index] ? [] : [`\u001b[${index + 1};1H${line}\u001b[K`],
    );
    this.#shown = lines;
    if (changed.length > 0) this.#stdout.write(`${beginUpdate}${changed.join('')}${endUpdate}`);
  }

  /** After the screen took another size: nothing on it is as it was left. */
  forget(): void {
    this.#shown = [];
    this.#stdout.write('\u001b[2J');
  }

  close(): void {
    this.#forgetRestore();
    this.#leave();
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#stdout.write(leave);
  }
}

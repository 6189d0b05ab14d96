import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CommandIo } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import { coloursFor } from '../output.ts';
import type { Read } from './validate.ts';

/** Who answers the questions of `init`. */
export interface Asker {
  /** Asks until the answer can be taken; an empty one is the standard. */
  ask<Value>(question: string, standard: string, read: (text: string) => Read<Value>): Promise<Value>;
  /** One of these, by its number or its name. */
  choose<Name extends string>(
    question: string,
    choices: readonly (readonly [name: Name, text: string])[],
    standard: Name,
  ): Promise<Name>;
  /** A text that is not shown while it is typed; may be empty. */
  askSecret(question: string): Promise<string>;
  close(): void;
}

/** Asks at the terminal. Ctrl-C and Ctrl-D end the command before anything is written. */
export function terminalAsker(input: NodeJS.ReadStream, io: CommandIo): Asker {
  const { bold, faint, red } = coloursFor(io.stdout, io.environment);
  let isHidden = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isHidden) io.stdout.write(chunk.toString('utf8'));
      done();
    },
  });
  const ended = new AbortController();
  const lines = createInterface({ input, output, terminal: true });
  lines.on('SIGINT', () => ended.abort());
  lines.on('close', () => ended.abort());
  const signal = AbortSignal.any([io.interrupted, ended.signal]);
  const question = async (text: string): Promise<string> => {
    try {
      return (await lines.question(text, { signal })).trim();
    } catch (error) {
      throw new CommandFailure(1, 'interrupted', 'interrupted: nothing was written', null, { cause: error });
    }
  };
  const asker: Asker = {
    async ask(text, standard, read) {
      for (;;) {
        const hint = standard === '' ? '' : ` ${faint(`[${standard}]`)}`;
        const answer = await question(`${bold(text)}${hint} `);
        const taken = read(answer === '' ? standard : answer);
        if ('value' in taken) return taken.value;
        io.stdout.write(`  ${red(taken.problem)}\n`);
      }
    },
    async choose(text, choices, standard) {
      const shown = choices.map(([name, what], index) => `  ${index + 1}  ${name.padEnd(10)} ${what}\n`);
      io.stdout.write(`${bold(text)}\n${shown.join('')}`);
      return asker.ask('Which one?', standard, (answer) => {
        const chosen = choices.find(([name], index) => name === answer || String(index + 1) === answer);
        const names = choices.map(([name]) => name).join(', ');
        return chosen === undefined ? { problem: `${answer} is none of ${names}` } : { value: chosen[0] };
      });
    },
    async askSecret(text) {
      io.stdout.write(`${bold(text)} `);
      isHidden = true;
      try {
        return await question('');
      } finally {
        isHidden = false;
        io.stdout.write('\n');
      }
    },
    close: () => lines.close(),
  };
  return asker;
}

/** The one place that writes to the terminal. Colours only on a terminal, and never with NO_COLOR. */
export interface Screen {
  readonly say: (line: string) => void;
  readonly actioner: (instance: number, line: string) => void;
  readonly healer: (line: string) => void;
  block(title: string, text: string): void;
  /** From now on the seconds in front of each line count from here. */
  restartClock(): void;
  last(line: string): void;
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const unprintable = /\p{Cc}/gu;

export function createScreen(
  output: Output,
  environment: Readonly<Record<string, string | undefined>>,
): Screen {
  const coloured = output.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  const paint = (code: number, text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  let from = performance.now();
  const line = (who: string, code: number, text: string) => {
    const seconds = ((performance.now() - from) / 1_000).toFixed(1).padStart(6);
    output.write(`${seconds}s  ${paint(code, who.padEnd(10))}  ${text.replace(unprintable, ' ')}\n`);
  };
  return {
    say: (text) => line('demo', 2, text),
    actioner: (instance, text) => line(`actioner ${instance + 1}`, 36, text),
    healer: (text) => line('healer', 33, text),
    block: (title, text) => {
      const body = text
        .trimEnd()
        .split('\n')
        .map((row) => `    ${row}\n`);
      output.write(`\n${title === '' ? '' : `${paint(1, title)}\n`}${body.join('')}\n`);
    },
    restartClock: () => {
      from = performance.now();
    },
    last: (text) => output.write(`${text}\n`),
  };
}

import { answers, readAnswer } from './answers.ts';
import type { CommandIo } from './command.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { askHealer } from './healer-client.ts';
import { printable, writeJson } from './output.ts';

export interface OrderOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly by?: string;
}

/** Sends what a person orders and prints what became of it. */
export async function order(
  path: string,
  body: Readonly<Record<string, unknown>>,
  options: OrderOptions,
  io: CommandIo,
): Promise<void> {
  const connection = await connect(options, io);
  const whole = options.by === undefined ? body : { ...body, by: options.by };
  const receipt = readAnswer(answers.receipt, await askHealer(connection, 'POST', path, whole));
  if (!receipt.accepted) {
    const reason = receipt.reason ?? 'the healer refused it';
    throw new CommandFailure(1, 'refused', reason, 'see `prunella explain`');
  }
  if (options.json === true) writeJson(io.stdout, receipt);
  else io.stdout.write(`${printable(receipt.note ?? 'accepted')}\n`);
}

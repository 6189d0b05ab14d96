import type { RedisClient } from './client.ts';

/**
 * node-redis keeps what it cannot write yet, and sends it later. A single command is taken out of that queue by its
 * abort signal; a transaction or pipeline has none. So this takes a call's own, and no others, out of it, by what
 * node-redis itself uses to move commands between connections. One whose first commands are sent already is not
 * torn apart. `given` are the argument lists of the call.
 */
export function takeBack(client: RedisClient, given: ReadonlySet<unknown>, error: Error): void {
  const getQueue: unknown = Reflect.get(client, '_getQueue');
  const queue: unknown = typeof getQueue === 'function' ? getQueue.call(client) : undefined;
  if (!isQueue(queue) || !queue.isWaitingToWrite()) return;
  const commands = queue.extractAllCommands();
  const chains = new Set(commands.filter(({ args }) => given.has(args)).map(({ chainId }) => chainId));
  chains.delete(undefined);
  chains.delete(queue.chainInExecution);
  const isUnwanted = ({ chainId }: QueuedCommand) => chains.has(chainId);
  queue.prependCommandsToWrite(commands.filter((command) => !isUnwanted(command)));
  queue.rejectCommands(commands.filter(isUnwanted), error);
}

interface QueuedCommand {
  readonly args: unknown;
  readonly chainId: symbol | undefined;
}

interface Queue {
  readonly chainInExecution: symbol | undefined;
  isWaitingToWrite(): boolean;
  extractAllCommands(): readonly QueuedCommand[];
  prependCommandsToWrite(commands: readonly QueuedCommand[]): void;
  rejectCommands(commands: readonly QueuedCommand[], error: Error): void;
}

function isQueue(value: unknown): value is Queue {
  const methods = ['isWaitingToWrite', 'extractAllCommands', 'prependCommandsToWrite', 'rejectCommands'];
  return methods.every((method) => typeof Reflect.get(Object(value), method) === 'function');
}

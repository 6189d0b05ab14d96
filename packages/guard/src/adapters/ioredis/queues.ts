import type { IoredisClient, IoredisCommand } from './client.ts';

/**
 * ioredis keeps commands while it is offline, and those without an answer when the connection was lost, and sends
 * both later: also for a call that has long been told of its failure. There is no public way to take one back;
 * so this takes the call's own commands, and no others, out of the two queues. Replies on the present connection
 * are matched by order, so what is in flight is not touched.
 */
export function takeBack(client: IoredisClient, isUnwanted: (command: object) => boolean): void {
  for (const name of ['offlineQueue', 'prevCommandQueue']) {
    const queue: unknown = Reflect.get(client, name);
    if (!isQueue(queue)) continue;
    for (let index = queue.length - 1; index >= 0; index -= 1) {
      const command: unknown = Reflect.get(Object(queue.peekAt(index)), 'command');
      if (typeof command === 'object' && command !== null && isUnwanted(command)) queue.remove(index, 1);
    }
  }
}

export function isPending(command: IoredisCommand): boolean {
  return command.isSettled !== true;
}

interface Queue {
  readonly length: number;
  peekAt(index: number): unknown;
  remove(index: number, count: number): unknown;
}

function isQueue(value: unknown): value is Queue {
  const has = (method: string) => typeof Reflect.get(Object(value), method) === 'function';
  return has('peekAt') && has('remove');
}

const atOnce = 4;
const waitingAtMost = 1_000;

/** Begins a request; must call `done` once, with whether the server took it. */
export type CancelRequest = (done: (taken: boolean) => void) => void;

interface Waiting {
  readonly request: CancelRequest;
  readonly done: () => void;
}

/**
 * Requests to one server, four at a time: each is a connection, and a server in trouble must not be flooded. When one
 * is not taken those that wait are dropped, since the server is past noticing then.
 */
class CancelQueue {
  readonly #waiting: Waiting[] = [];
  #running = 0;

  get isEmpty(): boolean {
    return this.#running === 0;
  }

  add(waiting: Waiting): void {
    if (this.#running < atOnce) this.#start(waiting);
    else if (this.#waiting.length < waitingAtMost) this.#waiting.push(waiting);
    else waiting.done();
  }

  #start({ request, done }: Waiting): void {
    this.#running += 1;
    request((taken) => {
      this.#running -= 1;
      const dropped = taken ? [] : this.#waiting.splice(0);
      const next = this.#waiting.shift();
      if (next !== undefined) this.#start(next);
      done();
      for (const each of dropped) each.done();
    });
  }
}

const queues = new Map<string, CancelQueue>();

/** Calls `done` when the server has taken the request, or when there is no use in waiting for that. */
export function enqueueCancel(server: string, request: CancelRequest, done: () => void): void {
  const queue = queues.get(server) ?? new CancelQueue();
  queues.set(server, queue);
  queue.add({
    request,
    done: () => {
      if (queue.isEmpty && queues.get(server) === queue) queues.delete(server);
      done();
    },
  });
}

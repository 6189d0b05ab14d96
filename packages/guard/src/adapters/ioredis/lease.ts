import type { Lease } from '../../adapter.ts';
import { callEnded } from '../adapter-error.ts';
import type { IoredisClient, IoredisCommand } from './client.ts';
import { isPending, takeBack } from './queues.ts';

/** What all calls over one client share. */
export interface GuardedClient<Client extends IoredisClient> {
  readonly client: Client;
  /** The client as a call sees it, without a `sendCommand` of the call's own. */
  readonly face: Client;
  /** Why nothing can be sent now; undefined where it can. */
  refusal(): Error | undefined;
  /** Commands whose call has been told of its failure. */
  readonly unwanted: WeakSet<object>;
}

const pruneFrom = 64;

function ignore(): void {}

/**
 * One call over the shared connection. The call gets an object that inherits from the client, so that its
 * commands, pipelines too, come by here: while the connection is lost they fail at once instead of queueing.
 */
export class IoredisLease<Client extends IoredisClient> implements Lease<Client> {
  readonly handle: Client;
  readonly #guarded: GuardedClient<Client>;
  #commands: IoredisCommand[] = [];
  #pruneAt = pruneFrom;
  #state: 'running' | 'abandoned' | 'ended' = 'running';
  #waitedForNothing = false;
  #sent = false;

  constructor(guarded: GuardedClient<Client>) {
    this.#guarded = guarded;
    this.handle = Object.create(guarded.face);
    this.handle.sendCommand = (command, ...rest) => this.#send(command, rest);
  }

  abandon(): void {
    if (this.#state !== 'running') return;
    this.#waitedForNothing = this.waitsForOwnPool();
    this.#state = 'abandoned';
    const { client, unwanted } = this.#guarded;
    const pending = this.#commands.filter(isPending);
    this.#commands = [];
    for (const command of pending) unwanted.add(command);
    if (pending.length > 0) takeBack(client, (command) => unwanted.has(command));
    for (const command of pending) {
      // Its function may not have come to await it, and may never.
      command.promise.catch(ignore);
      command.reject(callEnded(true));
      // A Cluster sends a command again when it is rejected for a lost connection, whoever still waits for it.
      command.reject = ignore;
    }
  }

  /** The connection is shared by all, so nothing waits for a client; but a call may wait for nothing at all. */
  waitsForOwnPool(): boolean {
    return this.#state === 'abandoned' ? this.#waitedForNothing : !this.#commands.some(isPending);
  }

  mayHaveSent(): boolean {
    return this.#sent;
  }

  end(): void {
    if (this.#state === 'running') this.#state = 'ended';
    this.#commands = [];
  }

  /** All commands of a pipeline come in one go, so that all or none of them are refused. */
  #send(command: IoredisCommand, rest: unknown[]): unknown {
    const refusal =
      this.#state === 'running' ? this.#guarded.refusal() : callEnded(this.#state === 'abandoned');
    if (refusal !== undefined) {
      command.reject(refusal);
      return command.promise;
    }
    if (this.#commands.length >= this.#pruneAt) {
      this.#commands = this.#commands.filter(isPending);
      this.#pruneAt = Math.max(pruneFrom, 2 * this.#commands.length);
    }
    this.#commands.push(command);
    this.#sent = true;
    return this.#guarded.client.sendCommand(command, ...rest);
  }
}

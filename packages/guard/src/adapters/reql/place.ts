/** What both drivers' connections have in common. */
export interface ReqlConnection {
  readonly open: boolean;
  server(): PromiseLike<unknown>;
  close(options?: { noreplyWait: boolean }): PromiseLike<unknown>;
  on(event: string, listener: (argument: unknown) => void): unknown;
  removeListener(event: string, listener: (argument: unknown) => void): unknown;
}

/** Where the one connection is kept, and how another one is had. */
export interface Place<Connection extends ReqlConnection> {
  /** Undefined where an owned connection has never stood. */
  current(): Connection | undefined;
  /** Resolves when `current` is open again. Never called twice at a time. */
  reopen(): Promise<void>;
  /** Ends what the guard itself opened. */
  close?(): Promise<void>;
}

/** A connection that the guard opens, replaces and closes. */
export function ownedPlace<Connection extends ReqlConnection>(
  open: () => Promise<Connection>,
): Place<Connection> {
  let connection: Connection | undefined;
  let closed = false;

  async function leave(): Promise<void> {
    const left = connection;
    connection = undefined;
    await left?.close({ noreplyWait: false });
  }

  return {
    current: () => connection,
    async reopen() {
      // What a dead connection says to its closing is of no interest.
      await leave().catch(() => {});
      const opened = await open();
      connection = opened;
      if (closed) await leave();
    },
    async close() {
      closed = true;
      await leave();
    },
  };
}

/** The method of a handle that begins a transaction. Registered with the process, so that copies meet. */
export const beginTransaction: unique symbol = Symbol.for('prunella.guard.beginTransaction') as never;

/**
 * A handle that can begin a transaction; its adapter implements it. The lease must then answer `mayHaveSent` with
 * false until COMMIT is sent, and its `abandon` must see to it that the transaction is rolled back: by ROLLBACK
 * where that can be sent, else by giving the client up.
 */
export interface Transactional<Client> {
  /** Takes a client of its own and begins. Rejects as the driver does. */
  [beginTransaction](mode: TransactionMode): Promise<OpenTransaction<Client>>;
}

export interface TransactionMode {
  /** Default: the server's. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** Default: the server's. */
  readonly readOnly?: boolean;
}

/** Each is called once at most, and either `commit` or `rollback`. */
export interface OpenTransaction<Client> {
  /** Refuses further statements once the transaction is over. */
  readonly client: Client;
  /** Rejects as the driver does, and where the server rolled back instead. Gives the client back, or evicts it. */
  commit(): Promise<void>;
  /** Gives the client back, or evicts it where the server does not take the order. Never rejects. */
  rollback(): Promise<void>;
  /** Gives the client up, while `rollback` still waits. */
  evict(): void;
}

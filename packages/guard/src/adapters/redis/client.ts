/** What the adapter needs of the client that node-redis' `createClient` gives. */
export interface RedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<unknown>;
  withAbortSignal(signal: AbortSignal): { ping(): Promise<unknown> };
  createPool(): unknown;
  eventNames(): readonly (string | symbol)[];
  listenerCount(event: string): number;
  on(event: string, listener: (argument: unknown) => void): unknown;
  removeListener(event: string, listener: (argument: unknown) => void): unknown;
}

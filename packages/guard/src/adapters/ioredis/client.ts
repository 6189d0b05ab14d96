/** What the adapter needs of ioredis' `Redis` and `Cluster`. */
export interface IoredisClient {
  readonly status: string;
  sendCommand(command: IoredisCommand, ...rest: unknown[]): unknown;
  ping(): Promise<unknown>;
  info(section: string): Promise<unknown>;
  disconnect(reconnect?: boolean): void;
  on(event: string, listener: (argument: unknown) => void): unknown;
  removeListener(event: string, listener: (argument: unknown) => void): unknown;
}

export interface IoredisCommand {
  readonly promise: Promise<unknown>;
  /** Not in releases before 6. */
  readonly isSettled?: boolean;
  reject(error: Error): void;
}

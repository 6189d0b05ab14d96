/** Resolves with undefined. It keeps nothing alive: the runner lives by its socket. */
export function delay(forMs: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, forMs, undefined).unref();
  });
}

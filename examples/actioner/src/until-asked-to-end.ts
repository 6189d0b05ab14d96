/** Resolves at Ctrl-C or SIGTERM, and keeps the process alive until then. */
export function untilAskedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 60_000);
    const end = () => {
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}

/** BLPOP, BRPOPLPUSH, BLMOVE, BZMPOP and the like, WAIT and WAITAOF; as node-redis writes them, too. */
const blocks = /^(b[lrz]\w*(pop\w*|move)|wait(aof)?)$/i;
const mayBlock = /^xread(group)?$/i;

/** Whether a command, by the name of its method or as `sendCommand` takes it, waits at the server. */
export function isBlocking(name: string, args: readonly unknown[]): boolean {
  if (name === 'sendCommand') {
    const [command, ...rest] = Array.isArray(args[0])
      ? args[0].map((each) => String(each).toUpperCase())
      : [];
    return (
      command !== undefined && isBlocking(command, [Object.fromEntries(rest.map((each) => [each, true]))])
    );
  }
  if (blocks.test(name)) return true;
  return mayBlock.test(name) && args.some((arg) => Object(arg).BLOCK !== undefined);
}

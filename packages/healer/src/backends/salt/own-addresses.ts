import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';

const waitMs = 1_000;
const mostAddresses = 16;

/** Addresses by which other hosts reach this one; link-local ones, which need a zone, are left out. */
export function addressesOfThisHost(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:/i.test(address))
    .map(({ address }) => address)
    .slice(0, mostAddresses);
}

/** The first of these addresses at which something listens on this port; null where nothing does. */
export async function firstListening(port: number, addresses: readonly string[]): Promise<string | null> {
  const listens = await Promise.all(addresses.map((host) => isListening(host, port)));
  return addresses.find((_, index) => listens[index]) ?? null;
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: waitMs });
    const end = (listens: boolean) => {
      socket.destroy();
      resolve(listens);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

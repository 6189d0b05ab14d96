import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { addressesOfThisHost, firstListening } from './own-addresses.ts';

it('finds the address at which something listens besides, and none where it listens on loopback only', async () => {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await firstListening(port, ['127.0.0.2', '127.0.0.1'])).toBe('127.0.0.1');
  expect(await firstListening(port, addressesOfThisHost())).toBeNull();
  expect(await firstListening(port, [])).toBeNull();
  await new Promise((resolve) => server.close(resolve));
});

it('never counts loopback among the addresses that others reach', () => {
  expect(addressesOfThisHost().filter((address) => /^127\.|^::1$|^fe80:/i.test(address))).toEqual([]);
});

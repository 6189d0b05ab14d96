import { AddressRanges } from '../configuration/address-ranges.ts';

/**
 * Where a machine's own cloud hands out its credentials to whoever asks from it. Link-local: RFC 3927, RFC 4291.
 * The others: the metadata addresses of AWS over IPv6, of Alibaba, and the wire server of Azure.
 */
const refusedAtFirst: readonly string[] = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
];

/** NAT64 (RFC 6052) and 6to4 (RFC 3056): an IPv4 address in the clothes of another. */
const wellKnownNat64 = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/;

/** Which addresses requests may go to. */
export class AddressRule {
  readonly #refused = new AddressRanges(refusedAtFirst);
  readonly #allowed: AddressRanges;

  /** `allowed`: ranges that are taken although they would be refused. */
  constructor(allowed: readonly string[]) {
    this.#allowed = new AddressRanges(allowed);
  }

  refuses(address: string): boolean {
    const inner = ipv4Within(address) ?? address;
    return this.#refused.includes(inner) && !this.#allowed.includes(inner);
  }
}

function ipv4Within(address: string): string | null {
  const match = wellKnownNat64.exec(address.toLowerCase());
  if (match === null) return null;
  const high = Number.parseInt(match[1] ?? '0', 16);
  const low = Number.parseInt(match[2] ?? '0', 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

import { AddressRanges } from '../configuration/address-ranges.ts';

/**
 * Where a machine's own cloud hands out its credentials to whoever asks from it. Link-local: RFC 3927, RFC 4291.
 * The others: what AWS and Google keep for themselves over IPv6, the metadata addresses of Alibaba and Oracle, and the
 * wire server of Azure. The last two: link-local addresses in the clothes of 6to4 (RFC 3056) and of IPv6 as it was
 * (RFC 4291, 2.5.5.1).
 */
const refusedAtFirst: readonly string[] = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  '2002:a9fe::/32',
  '::a9fe:0/112',
];

/** NAT64 (RFC 6052): an IPv4 address in the clothes of another. */
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

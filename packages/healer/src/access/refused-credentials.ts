/**
 * What was shown in vain: a token; a session's cookie; a code to sign in; a signature of a message that no token comes
 * with; anything from an address of which nothing is looked at for a while (`address`).
 */
export const credentialKinds = ['token', 'session', 'code', 'signature', 'address'] as const;

export type CredentialKind = (typeof credentialKinds)[number];

/** Told of those who did not get in. */
export interface RefusalFigures {
  credentialRefused(kind: CredentialKind): void;
  /** A header that names a person, from an address that is none of a proxy. */
  proxyHeaderIgnored(): void;
}

export const noRefusalFigures: RefusalFigures = {
  credentialRefused: () => {},
  proxyHeaderIgnored: () => {},
};

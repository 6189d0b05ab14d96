import type { SecretReference } from '../../configuration/secret.ts';

export const resourceKinds = ['postgres', 'redis', 'rethinkdb', 'http'] as const;
export type ResourceKind = (typeof resourceKinds)[number];

export const repairKinds = ['process', 'salt', 'salt-hook', 'http'] as const;
export type RepairKind = (typeof repairKinds)[number];

/** Where a secret is, or the text that is to be kept in a file of its own. */
export type InitSecret = SecretReference | { readonly keep: string };

export type InitRepair =
  /** The healer runs the program itself. */
  | { readonly by: 'process'; readonly command: readonly string[] }
  | {
      readonly by: 'salt';
      readonly url: string;
      readonly username: string;
      readonly secret: InitSecret;
      readonly minion: string;
      readonly service: string;
    }
  | {
      readonly by: 'salt-hook';
      readonly url: string;
      readonly secret: InitSecret;
      readonly minion: string;
      readonly service: string;
    }
  | { readonly by: 'http'; readonly url: string };

/** A way to people. */
export type InitChannel =
  | { readonly by: 'webhook'; readonly url: string }
  /** `channel` by its id. */
  | { readonly by: 'slack'; readonly channel: string; readonly token: InitSecret }
  | {
      readonly by: 'email';
      readonly to: string;
      readonly from: string;
      /** The SMTP server. */
      readonly host: string;
      readonly login: { readonly user: string; readonly password: InitSecret } | null;
    };

/** All that `prunella init` has to know. */
export interface InitAnswers {
  readonly kind: ResourceKind;
  /** The part after the `/`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Of an HTTP service: the page that shows that it serves. */
  readonly url: string;
  /** Who asks; null where that needs no name. */
  readonly user: string | null;
  readonly password: InitSecret | null;
  readonly repair: InitRepair;
  readonly autonomy: 'ask' | 'auto';
  /** Who is told; null: nobody. */
  readonly tell: InitChannel | null;
  /** Where the healer listens. */
  readonly healerPort: number;
  /** The application's name. */
  readonly application: string;
}

export const standardPorts: Readonly<Record<ResourceKind, number>> = {
  postgres: 5432,
  redis: 6379,
  rethinkdb: 28015,
  http: 80,
};

export const standardServices: Readonly<Record<ResourceKind, string>> = {
  postgres: 'postgresql',
  redis: 'redis-server',
  rethinkdb: 'rethinkdb',
  http: 'nginx',
};

export function resourceOf({ kind, name }: Pick<InitAnswers, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

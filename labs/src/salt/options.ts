/** A program that supervisor runs on a minion, so that `service.restart` of that name restarts it. */
export interface SupervisedService {
  readonly name: string;
  readonly minion: string;
  readonly command: string;
  readonly parameters: readonly string[];
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Start it with the lab; default true. It is never started again by supervisor itself. */
  readonly autostart?: boolean;
}

/** One line of a minion's allow-list; see the README in `salt/`. */
export interface AllowedFunction {
  readonly function: string;
  /** Each place: the one value allowed, or a list of those allowed. */
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

export interface SaltLabOptions {
  /** Everything but the sockets lies here; it may exist, and is not removed by `stop`. */
  readonly folder: string;
  /** Default `['db1']`. */
  readonly minions?: readonly string[];
  /** `hook` and `both`: the webhooks are open, as in the article. Default `both`. */
  readonly mode?: 'api' | 'hook' | 'both';
  /** Folders with states, before Prunella's own. */
  readonly fileRoots?: readonly string[];
  /** Pillar data by target glob. */
  readonly pillar?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What the user `healer` may do; default everything that Prunella needs and more. */
  readonly externalAuth?: readonly unknown[];
  /** Default: random. */
  readonly hookSecret?: string;
  /** Those that this master hears; default all. The others belong to another master by their configuration. */
  readonly heard?: readonly string[];
  /** Folder of another lab whose master's key is taken: minions of several masters want one key of all. */
  readonly keyOf?: string;
  /** Of the accounts at salt-api, such as another master has; default: random. */
  readonly apiSecret?: string;
  /** Target expressions that the hooks take; default `['*']` with every narrower one. */
  readonly hookTargets?: readonly unknown[];
  /** Services that the hooks take; default the names in `services`. */
  readonly hookServices?: readonly string[];
  readonly services?: readonly SupervisedService[];
  /**
   * The allow-list of `prunella.apply` on every minion; default state runs without arguments and the
   * services' start, stop, restart and reload. Null leaves the module away: orders then go unfenced.
   */
  readonly allow?: readonly AllowedFunction[] | null;
  /** Extra settings of the master, and of each minion by its id. */
  readonly masterConfiguration?: Readonly<Record<string, unknown>>;
  readonly minionConfiguration?: (id: string) => Readonly<Record<string, unknown>>;
  /** Default: the workspace's own, see `installSalt`. */
  readonly environment?: { readonly binFolder: string };
  readonly onProgress?: (progress: { readonly message: string }) => void;
  /** Aborts starting: what was started is ended, and `startSalt` rejects. */
  readonly signal?: AbortSignal;
}

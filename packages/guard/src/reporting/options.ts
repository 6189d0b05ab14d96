export interface ReportingOptions {
  /** The application's name, at most 200 characters, without `/`. Default: `PRUNELLA_SERVICE`, else none is sent. */
  readonly service?: string;
  /**
   * Where the healer listens: `http://…`, `https://…` or `unix:/path/of/socket`; at most 16. Where one fails the
   * next one is taken, and after a minute the first again.
   * Default: `PRUNELLA_HEALER`, separated by commas. None: nothing is reported, all else works.
   */
  readonly healer?: string | readonly string[];
  /** Default: `PRUNELLA_TOKEN`. */
  readonly token?: string;
  /** Read again for each request, so that it can be changed. Default: `PRUNELLA_TOKEN_FILE`. */
  readonly tokenFile?: string;
  /**
   * The authorities that the certificate of an `https://` healer may come from, in place of the usual ones: a file
   * of certificates in PEM, read once. Default: `PRUNELLA_CA_FILE`.
   */
  readonly caFile?: string;
  /** The real name of the host. Default: `PRUNELLA_HOST`, else the system's; none where that names a pod. */
  readonly host?: string;
  /** While a guard is not ok, in ms: 50 to 60,000. Default 5,000. */
  readonly heartbeatSickMs?: number;
  /** While all are ok, in ms: 50 to 600,000. Default 30,000. */
  readonly heartbeatOkMs?: number;
  /** For one report, in ms: 50 to 60,000. Default 5,000. */
  readonly timeoutMs?: number;
  /**
   * Report also inside vitest, jest and `node --test` and the processes that they start (those inherit the
   * variables that tell). Default: `PRUNELLA_IN_TESTS` is `1`.
   */
  readonly inTests?: boolean;
}

export type OutgoingErrorCode =
  /** The URL is none that anything is sent to. */
  | 'url-refused'
  /** Its host has an address that nothing is sent to, such as a cloud's metadata. */
  | 'address-refused'
  /** It answered with a redirection to elsewhere, or with too many. */
  | 'redirect-refused'
  | 'unreachable'
  | 'timeout'
  | 'stopped'
  | 'answer-too-long'
  /** The connection broke, or what came was no HTTP. */
  | 'lost';

/** A request that got no answer. The message is a sentence that holds the origin only, never the whole URL. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError';
  readonly code: OutgoingErrorCode;
  /** False: nobody can have read it. */
  readonly mayHaveArrived: boolean;

  constructor(code: OutgoingErrorCode, message: string, mayHaveArrived: boolean, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.mayHaveArrived = mayHaveArrived;
  }
}

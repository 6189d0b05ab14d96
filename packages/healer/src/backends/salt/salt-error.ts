export type SaltErrorCode =
  | 'salt-unreachable'
  | 'salt-timeout'
  | 'salt-tls'
  | 'salt-connection-lost'
  | 'salt-secret'
  | 'salt-login-refused'
  | 'salt-forbidden'
  | 'salt-server-error'
  | 'salt-request-refused'
  | 'salt-not-salt-api'
  | 'salt-answer-too-large'
  | 'salt-argument'
  | 'salt-busy';

/**
 * Something went wrong between the healer and salt-api. Its message says what to do, and never holds a
 * secret, a token, or the body of a request or an answer.
 */
export class SaltError extends Error {
  override readonly name = 'SaltError';
  readonly code: SaltErrorCode;
  /** True where salt-api may have taken the request although it failed: its outcome is then unknown. */
  readonly maybeTaken: boolean;

  constructor(code: SaltErrorCode, message: string, maybeTaken: boolean, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.maybeTaken = maybeTaken;
  }
}

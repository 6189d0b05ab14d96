import { isError, type Problem, renderProblem } from '@prunella/core';

/** Why a healer did not start, as a stable word. A store that is held is a `StoreHeldError`. */
export type HealerStartErrorCode =
  | 'configuration-invalid'
  | 'playbooks-invalid'
  | 'tokens-equal'
  | 'port-in-use'
  | 'address-refused'
  | 'socket-refused'
  /** Of a reload: a part of the configuration takes effect only at a start. */
  | 'restart-needed';

/** Nothing runs and nothing is held. The message says what happened, where, and what to do. */
export class HealerStartError extends Error {
  readonly code: HealerStartErrorCode;
  /** What is wrong with the configuration or the playbooks, all of it; else empty. */
  readonly problems: readonly Problem[];

  constructor(
    code: HealerStartErrorCode,
    message: string,
    options: ErrorOptions & { readonly problems?: readonly Problem[] } = {},
  ) {
    super(message, options);
    this.name = 'HealerStartError';
    this.code = code;
    this.problems = options.problems ?? [];
  }
}

/** One error for all that is wrong with what people wrote. */
export function problemsError(
  code: 'configuration-invalid' | 'playbooks-invalid',
  problems: readonly Problem[],
): HealerStartError {
  const errors = problems.filter(isError);
  const count = errors.length === 1 ? 'one error' : `${errors.length} errors`;
  const what = code === 'configuration-invalid' ? 'the configuration' : 'the playbooks';
  return new HealerStartError(
    code,
    `${what} cannot be used, ${count}:\n${errors.map(renderProblem).join('\n')}`,
    { problems },
  );
}

/** Every application would then be an operator. */
export function equalTokens(): HealerStartError {
  return new HealerStartError(
    'tokens-equal',
    'the tokens of reporter and operator are the same, so that every application could approve repairs: give them different values under `tokens:`',
  );
}

/** The system's refusal to listen, with what to do about it. */
export function listenError(cause: unknown, host: string, port: number): HealerStartError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const options = { cause };
  if (code === 'EADDRINUSE') {
    return new HealerStartError(
      'port-in-use',
      `port ${port} on ${host} is in use by another program: stop that program, or write another \`server: { port: \u2026 }\` (0 takes a free one)`,
      options,
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HealerStartError(
    'address-refused',
    `cannot listen on ${host}:${port} (${reason}): write a \`server: { host: \u2026, port: \u2026 }\` of this machine`,
    options,
  );
}

/** What can be wrong with a request; each has one status and one title, for ever. */
const problems = {
  malformed: [400, 'The request is malformed'],
  'too-many-reports': [400, 'Too many reports in one request'],
  'not-authenticated': [401, 'A valid token is needed'],
  'not-allowed': [403, 'This token may not do that'],
  'csrf-refused': [403, 'The request does not come from the page of this healer'],
  'not-found': [404, 'There is no such thing'],
  'too-slow': [408, 'The request took too long'],
  refused: [409, 'The healer refused the command'],
  'reload-refused': [409, 'What was written cannot be used; the former configuration stays in force'],
  'key-in-progress': [409, 'The request with this key is being carried out'],
  'key-in-doubt': [409, 'What became of the request with this key is not known'],
  'too-large': [413, 'The request is too large'],
  'not-json': [415, 'Only JSON is taken'],
  'host-refused': [421, 'This healer is not called that'],
  'key-reused': [422, 'This key belongs to another request'],
  'signal-refused': [422, 'The signal was not taken'],
  overloaded: [429, 'The healer has more to do than it takes'],
  'too-many-open': [429, 'Too many requests are held open'],
  'too-many-failures': [429, 'Too many wrong tokens'],
  'headers-too-large': [431, 'The headers are too large'],
  internal: [500, 'The healer failed to answer'],
  'not-ready': [503, 'The healer is not ready'],
  'not-stored': [503, 'The healer cannot write it down'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemName = keyof typeof problems;

export const problemNames = Object.keys(problems) as readonly ProblemName[];

export function problemType(name: ProblemName): string {
  return `urn:prunella:problem:${name}`;
}

export function problemOf(name: ProblemName): { readonly status: number; readonly title: string } {
  const [status, title] = problems[name];
  return { status, title };
}

/** RFC 9457, `application/problem+json`. `type` is stable; `detail` is a sentence for a person. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The path of the part of the request that is wrong, such as `reports[0].sequence`. */
  readonly field?: string;
}

/** Thrown by a route; the server's error handler makes the answer. */
export class RequestProblem extends Error {
  readonly code: ProblemName;
  readonly field: string | undefined;
  /** For the header `Retry-After`. */
  readonly retryAfterS: number | undefined;

  constructor(
    code: ProblemName,
    detail: string,
    where?: string | { readonly field?: string; readonly retryAfterS?: number },
  ) {
    super(detail);
    const { field, retryAfterS } = typeof where === 'object' ? where : { field: where };
    this.name = 'RequestProblem';
    this.code = code;
    this.field = field;
    this.retryAfterS = retryAfterS;
  }
}

export function problemBody(code: ProblemName, detail: string, field?: string): ProblemBody {
  const body = { type: problemType(code), ...problemOf(code), detail };
  return field === undefined ? body : { ...body, field };
}

export const problemMediaType = 'application/problem+json';

/** An answer of the healer that is no: RFC 9457. */
export class HealerProblem extends Error {
  readonly status: number;
  /** The last part of `urn:prunella:problem:NAME`; `unknown` where the answer was not the healer's. */
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = 'HealerProblem';
    this.status = status;
    this.code = code;
  }
}

/** Nobody answered: the healer is away, or the way to it. */
export class HealerUnreachable extends Error {
  override readonly name = 'HealerUnreachable';
}

/** An answer that is not what this page reads: healer and page are of different versions. */
export class AnswerNotUnderstood extends Error {
  constructor(where: string) {
    super(
      `The healer's answer is not understood at ${where}. Load the page anew; it may be older than the healer.`,
    );
    this.name = 'AnswerNotUnderstood';
  }
}

/** What to show of anything that was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof HealerUnreachable) return 'The healer does not answer.';
  return error instanceof Error ? error.message : String(error);
}

export async function problemOf(response: Response): Promise<HealerProblem> {
  const body: unknown = await response.json().catch(() => null);
  const { type, detail, title } = Object(body) as Record<string, unknown>;
  const code = typeof type === 'string' ? (type.split(':').at(-1) ?? 'unknown') : 'unknown';
  const text = [detail, title].find((each) => typeof each === 'string');
  return new HealerProblem(
    response.status,
    code,
    text ?? `The healer answered with status ${response.status}.`,
  );
}

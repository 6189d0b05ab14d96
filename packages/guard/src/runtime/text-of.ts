/** Any thrown value has an answer. Of an `AggregateError` (one host, several addresses) the first one speaks. */
export function textOf(thrown: unknown): string {
  try {
    const [first]: unknown[] = thrown instanceof AggregateError && thrown.message === '' ? thrown.errors : [];
    const error = first ?? thrown;
    return error instanceof Error ? error.message || error.name : String(error);
  } catch {
    return 'a value that cannot be shown was thrown';
  }
}

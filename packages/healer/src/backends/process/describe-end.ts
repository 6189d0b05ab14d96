/** What is known of the end of a process, as the beginning of a sentence. */
export function describeEnd(
  service: string,
  end: { readonly exitCode: number | null; readonly signal: string | null },
): string {
  if (end.signal !== null) return `${service} was ended by ${end.signal}`;
  return end.exitCode === null ? `${service} ended` : `${service} ended with status ${end.exitCode}`;
}

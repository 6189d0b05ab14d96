const longestUrl = 2_000;

/**
 * Why the healer sends nothing to this URL; null where it may. The text of the URL is not repeated, since some
 * vendors' addresses are secrets themselves.
 */
export function outgoingUrlProblem(text: string): string | null {
  if (text.length > longestUrl) return `must be an address of at most ${longestUrl} characters`;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    return 'must be an http or https address, such as https://ops.example.com/hook';
  }
  if (url.username !== '' || url.password !== '') return 'must hold no user and password';
  return null;
}

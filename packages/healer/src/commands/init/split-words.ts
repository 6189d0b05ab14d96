/** The words of a command line: blanks part them, quotes hold them together. No shell ever reads it. */
export function splitWords(text: string): readonly string[] {
  const words = text.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g);
  return [...words].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
}

const secretWord =
  /(?:^|[^a-z])(?:pass(?:word|wd|phrase)?|pwd|secrets?|secret[-_]?keys?|tokens?|api[-_]?keys?|private[-_]?keys?|credentials?)$/i;

/** Whether a key names something that must not stand in a file: `password`, `dbPassword`, `API_KEY`, `secretkey`. */
export function isSecretName(name: string): boolean {
  const separated = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return secretWord.test(separated) || /(?:password|secretkey|apikey)$/.test(separated);
}

/** Whether a text carries a password inside a URL: `postgres://user:password@host`. */
export function hasCredentialsInUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i.test(text);
}

/** Whether a piece of a file may show a secret when it is printed: a URL with a password, or a secret's key. */
export function mayShowSecret(text: string): boolean {
  if (/:\/\/[^/\s]*@/.test(text)) return true;
  return text.split(/[^\w-]+/).some((word) => word.length <= 200 && isSecretName(word));
}

/**
 * The code that a program opened this page with behind `#sign-in=`, which a browser sends to nobody. It is taken out of
 * the address before anything else happens.
 */
export function takeSignInCode(): string | null {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith('#sign-in=')) return null;
  window.history.replaceState(null, '', pathname + search);
  const code = hash.slice('#sign-in='.length);
  return code === '' ? null : code;
}

/**
 * A link may carry a token behind `#token=`, which a browser sends to nobody. It is taken out of the address before
 * anything else happens, so that it stays neither in the history nor on a screen that is shared.
 */
export function takeTokenFromLink(): string | null {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith('#token=')) return null;
  window.history.replaceState(null, '', pathname + search);
  const token = hash.slice('#token='.length);
  return token === '' ? null : token;
}

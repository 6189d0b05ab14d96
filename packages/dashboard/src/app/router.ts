import { computed, signal } from '@preact/signals';

/** Where the reader is: path and query of the page's own address. */
const address = signal(window.location.pathname + window.location.search);

export const path = computed(() => address.value.split('?', 1)[0] ?? '/');
export const query = computed(() => new URLSearchParams(address.value.split('?')[1] ?? ''));

/** `replace`: the step back leads to where the reader was before, such as for filters. */
function goTo(href: string, how: 'push' | 'replace' = 'push'): void {
  const [place = '/'] = href.split('#', 1);
  if (place === address.peek()) return;
  if (how === 'replace') window.history.replaceState(null, '', href);
  else {
    window.history.pushState(null, '', href);
    window.scrollTo(0, 0);
  }
  address.value = place;
}

/** Changes some of the query's values; an empty one is left out. */
export function setQuery(changes: Readonly<Record<string, string>>): void {
  const next = new URLSearchParams(query.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  const text = next.toString();
  goTo(text === '' ? path.peek() : `${path.peek()}?${text}`, 'replace');
}

/** Links of the page lead without loading it anew; those with a modifier key or to elsewhere stay what they are. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (link === null || link.hasAttribute('target') || link.hasAttribute('download')) return;
    // Not by the properties of the element: those of a link in a picture are others.
    const { origin, pathname, search, hash } = new URL(link.getAttribute('href') ?? '', window.location.href);
    if (origin !== window.location.origin) return;
    // Within a view the browser itself goes to the place.
    if (hash !== '' && pathname + search === address.peek()) return;
    event.preventDefault();
    goTo(pathname + search + hash);
  });
  window.addEventListener('popstate', () => {
    address.value = window.location.pathname + window.location.search;
  });
}

export function incidentHref(incident: string): string {
  return `/incidents/${encodeURIComponent(incident)}`;
}

/** With a line: to it. */
export function playbookHref(playbook: string, line?: number): string {
  return `/playbooks/${encodeURIComponent(playbook)}${line === undefined ? '' : `#L${line}`}`;
}

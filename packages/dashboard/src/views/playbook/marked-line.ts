import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The line that `#L12` in the address means, for the text that is called `L`. */
export function useMarkedLine(name: string): ReadonlySignal<number | null> {
  const line = useSignal(markedLine(name));
  useEffect(() => {
    const look = () => {
      line.value = markedLine(name);
    };
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);
  return line;
}

function markedLine(name: string): number | null {
  const { hash } = window.location;
  const digits = hash.startsWith(`#${name}`) ? hash.slice(name.length + 1) : '';
  return /^\d{1,6}$/.test(digits) ? Number(digits) : null;
}

/** A browser goes to the place that an address names only where it is there from the beginning. */
export function showMarkedLine(): void {
  document.getElementById(window.location.hash.slice(1))?.scrollIntoView({ block: 'center' });
}

import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The line that `#L12` in the address means. */
export function useMarkedLine(): ReadonlySignal<number | null> {
  const line = useSignal(markedLine());
  useEffect(() => {
    const look = () => {
      line.value = markedLine();
    };
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);
  return line;
}

function markedLine(): number | null {
  const digits = /^#L(\d{1,6})$/.exec(window.location.hash)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** A browser goes to the place that an address names only where it is there from the beginning. */
export function showMarkedLine(): void {
  document.getElementById(window.location.hash.slice(1))?.scrollIntoView({ block: 'center' });
}

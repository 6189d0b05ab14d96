import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';

const shown = signal<VNode | null>(null);

/**
 * Shows a dialog beside the view, not inside of the part that opened it: what is ordered on may end while a person
 * still reads, and the dialog must then say so instead of vanishing under their hand.
 */
export function showDialog(render: (close: () => void) => VNode): void {
  const dialog = render(() => {
    if (shown.value === dialog) shown.value = null;
  });
  shown.value = dialog;
}

/** Where dialogs are shown; once in the page. Whoever signs in next does not find what another had opened. */
export function DialogPlace() {
  useEffect(
    () => () => {
      shown.value = null;
    },
    [],
  );
  return shown.value;
}

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';

/** Dragging from one place of the picture to another, as shares of its width. */
export function useDrag(
  picture: { readonly current: HTMLElement | null },
  onSelect: (left: number, right: number) => void,
) {
  const selection = useSignal<{ readonly left: number; readonly right: number } | null>(null);
  const begin = useRef<number | null>(null);
  const placeOf = (event: PointerEvent) => {
    const box = picture.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return 0;
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0 || event.pointerType === 'touch') return;
      begin.current = placeOf(event);
    },
    onPointerMove: (event: PointerEvent) => {
      if (begin.current === null) return;
      const place = placeOf(event);
      if (selection.value === null && Math.abs(place - begin.current) < 0.01) return;
      picture.current?.setPointerCapture(event.pointerId);
      selection.value = { left: Math.min(begin.current, place), right: Math.max(begin.current, place) };
    },
    onPointerUp: () => {
      const selected = selection.value;
      begin.current = null;
      selection.value = null;
      if (selected !== null && selected.right - selected.left > 0.01) onSelect(selected.left, selected.right);
    },
    onPointerCancel: () => {
      begin.current = null;
      selection.value = null;
    },
  };
  return { selection, handlers };
}

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface VirtualListProps<Item> {
  readonly items: readonly Item[];
  readonly label: string;
  /** Of every row, in pixels. */
  readonly rowHeight: number;
  readonly keyOf: (item: Item) => string | number;
  readonly row: (item: Item) => ComponentChildren;
  /** Called whenever the end is near, so that more can be read before it is seen. */
  readonly onNearEnd?: () => void;
}

/** Rows that are made beyond both edges, so that a quick scroll shows no gap. */
const beyond = 12;
/** Rows are changed so many at a time, not one by one: a quick scroll passes one in each frame. */
const step = 8;

/** A long list of which only what is seen is in the page. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { items, label, rowHeight, keyOf, row, onNearEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const first = useSignal(0);
  const count = useSignal(40);
  useEffect(() => {
    const shown = box.current;
    if (shown === null) return;
    const look = () => {
      const top = Math.floor(shown.scrollTop / rowHeight) - beyond;
      first.value = Math.max(0, Math.floor(top / step) * step);
      count.value = Math.ceil(shown.clientHeight / rowHeight) + 2 * beyond + step;
    };
    const observer = new ResizeObserver(look);
    observer.observe(shown);
    shown.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      shown.removeEventListener('scroll', look);
    };
  }, [rowHeight]);
  const begin = Math.min(first.value, Math.max(0, items.length - 1));
  const seen = items.slice(begin, begin + count.value);
  const after = Math.max(0, items.length - begin - seen.length);
  useEffect(() => {
    // After each rendering: what was read may all have been filtered away.
    if (after < count.peek()) onNearEnd?.();
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys
    <div ref={box} class="virtual-list" tabIndex={0}>
      <ol
        aria-label={label}
        style={{ paddingTop: `${begin * rowHeight}px`, paddingBottom: `${after * rowHeight}px` }}
      >
        {seen.map((item, index) => (
          <li
            key={keyOf(item)}
            class="virtual-row"
            style={{ height: `${rowHeight}px` }}
            aria-posinset={begin + index + 1}
            aria-setsize={items.length}
          >
            {row(item)}
          </li>
        ))}
      </ol>
    </div>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect, useId, useMemo, useRef } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { duration, timeOfDay } from '../../text/time.ts';
import type { Lane } from './lanes.ts';
import { timeScale } from './time-scale.ts';
import { Lanes } from './timeline-lanes.tsx';

export interface TimelineProps {
  readonly lanes: readonly Lane[];
  readonly from: number;
  /** Null: it lasts. */
  readonly to: number | null;
  /** The whole of it in a sentence, for those who do not see the picture. */
  readonly summary: string;
}

interface Window {
  readonly from: number;
  readonly to: number;
}

interface Item {
  readonly from: number;
  readonly to: number;
  readonly lane: string;
  readonly text: string;
}

/** The picture of an incident. Dragging over it zooms; so do the keys, which also step from event to event. */
export function Timeline({ lanes, from, to, summary }: TimelineProps) {
  const zoom = useSignal<Window | null>(null);
  const chosen = useSignal<number | null>(null);
  const width = useSignal(640);
  const picture = useRef<HTMLDivElement>(null);
  const hintId = useId();
  useEffect(() => {
    const box = picture.current;
    if (box === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) width.value = Math.max(240, Math.round(entry.contentRect.width));
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  const end = to ?? Math.max(from + 1_000, now.value);
  const shown = zoom.value ?? { from, to: end };
  const moments = useMemo(() => momentsOf(lanes), [lanes]);
  const scale = useMemo(() => timeScale(moments, shown.from, shown.to), [moments, shown.from, shown.to]);
  const items = useMemo(() => itemsOf(lanes, end), [lanes, end]);
  const item = chosen.value === null ? undefined : items[chosen.value];
  const drag = useDrag(picture, (left, right) => {
    const next = { from: scale.timeAt(left), to: scale.timeAt(right) };
    if (next.to - next.from >= 50) zoom.value = next;
  });
  const zoomBy = (factor: number) => {
    const middle = item?.from ?? (shown.from + shown.to) / 2;
    const half = Math.max(100, ((shown.to - shown.from) * factor) / 2);
    const next = { from: Math.max(from, middle - half), to: Math.min(end, middle + half) };
    zoom.value = next.to - next.from >= (end - from) * 0.98 ? null : next;
  };
  const step = (by: number) => {
    const next = chosen.value === null ? (by > 0 ? 0 : items.length - 1) : chosen.value + by;
    if (next < 0 || next >= items.length) return;
    chosen.value = next;
    const at = items[next]?.from ?? from;
    if (zoom.value !== null && (at < zoom.value.from || at > zoom.value.to)) {
      const half = (zoom.value.to - zoom.value.from) / 2;
      zoom.value = { from: at - half, to: at + half };
    }
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    '+': () => zoomBy(0.5),
    '=': () => zoomBy(0.5),
    '-': () => zoomBy(2),
    '0': () => {
      zoom.value = null;
    },
    Escape: () => {
      zoom.value = null;
    },
  };
  return (
    <figure class="timeline">
      <p class="visually-hidden">{summary}</p>
      <div
        ref={picture}
        class="timeline-picture"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is operated by keys
        tabIndex={0}
        role="application"
        aria-label="Timeline"
        aria-describedby={hintId}
        onKeyDown={(event) => {
          const act = keys[event.key];
          if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          act();
        }}
        {...drag.handlers}
      >
        <Lanes
          lanes={lanes}
          scale={scale}
          width={width.value}
          window={shown}
          end={end}
          chosen={item}
          selection={drag.selection.value}
          onChoose={(at, text) => {
            const index = items.findIndex((each) => each.from === at && each.text === text);
            chosen.value = index < 0 ? null : index;
          }}
        />
      </div>
      <figcaption class="timeline-caption">
        <p class="timeline-chosen" aria-live="polite">
          {item === undefined ? (
            <span class="faint" id={hintId}>
              Choose a bar to read it; drag to zoom. By keys: ← → from event to event, + − to zoom, 0 for the
              whole.
            </span>
          ) : (
            <>
              <span class="ticking">{timeOfDay(item.from, now.peek())}</span>
              {item.to > item.from ? <span class="faint"> for {duration(item.to - item.from)}</span> : null}{' '}
              <strong>{item.lane}</strong>: <Sentence text={item.text} />
            </>
          )}
        </p>
        <span class="buttons">
          <Button kind="quiet" label="Zoom in" onClick={() => zoomBy(0.5)}>
            +
          </Button>
          <Button kind="quiet" label="Zoom out" onClick={() => zoomBy(2)}>
            −
          </Button>
          {zoom.value === null ? null : (
            <Button
              kind="quiet"
              onClick={() => {
                zoom.value = null;
              }}
            >
              Whole
            </Button>
          )}
        </span>
      </figcaption>
    </figure>
  );
}

function momentsOf(lanes: readonly Lane[]): readonly number[] {
  return lanes.flatMap(({ spans, marks }) => [
    ...spans.flatMap(({ from, to }) => (to === null ? [from] : [from, to])),
    ...marks.map(({ at }) => at),
  ]);
}

function itemsOf(lanes: readonly Lane[], end: number): readonly Item[] {
  return lanes
    .flatMap(({ name, spans, marks }) => [
      ...spans.map(({ from, to, text }) => ({ from, to: to ?? end, lane: name, text })),
      ...marks.map(({ at, text }) => ({ from: at, to: at, lane: name, text })),
    ])
    .sort((left, right) => left.from - right.from);
}

/** Dragging from one place of the picture to another, as shares of its width. */
function useDrag(
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

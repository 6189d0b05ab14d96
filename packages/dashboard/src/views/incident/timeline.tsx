import { useSignal } from '@preact/signals';
import { useEffect, useId, useMemo, useRef } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { duration, timeOfDay } from '../../text/time.ts';
import { InstancesInWords } from './instances-in-words.tsx';
import type { Lane } from './lane.ts';
import { timeScale } from './time-scale.ts';
import { foldedLanes, inNextLane, instancesFolded, itemsOf, momentsOf } from './timeline-items.ts';
import { Lanes } from './timeline-lanes.tsx';
import { useDrag } from './use-drag.ts';

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

/** The picture of an incident. Dragging over it zooms; so do the keys, which also step from event to event. */
export function Timeline({ lanes, from, to, summary }: TimelineProps) {
  const zoom = useSignal<Window | null>(null);
  const chosen = useSignal<number | null>(null);
  const width = useSignal(640);
  const isUnfolded = useSignal(false);
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
  const folded = useMemo(() => foldedLanes(lanes), [lanes]);
  const drawn = isUnfolded.value ? lanes : folded;
  const end = to ?? Math.max(from + 1_000, now.value);
  const shown = zoom.value ?? { from, to: end };
  const moments = useMemo(() => momentsOf(lanes), [lanes]);
  const scale = useMemo(() => timeScale(moments, shown.from, shown.to), [moments, shown.from, shown.to]);
  const items = useMemo(() => itemsOf(drawn, end), [drawn, end]);
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
  const choose = (next: number) => {
    if (next < 0 || next >= items.length) return;
    chosen.value = next;
    const at = items[next]?.from ?? from;
    if (zoom.value !== null && (at < zoom.value.from || at > zoom.value.to)) {
      const half = (zoom.value.to - zoom.value.from) / 2;
      zoom.value = { from: at - half, to: at + half };
    }
  };
  const step = (by: number) =>
    choose(chosen.value === null ? (by > 0 ? 0 : items.length - 1) : chosen.value + by);
  const stepLane = (by: number) => choose(item === undefined ? 0 : inNextLane(drawn, items, item, by));
  const keys: Readonly<Record<string, () => void>> = {
    ArrowRight: () => step(1),
    ArrowLeft: () => step(-1),
    ArrowDown: () => stepLane(1),
    ArrowUp: () => stepLane(-1),
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
      <InstancesInWords lanes={drawn} end={end} />
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
          lanes={drawn}
          scale={scale}
          width={width.value}
          window={shown}
          end={end}
          chosen={item}
          selection={drag.selection.value}
          onChoose={(lane, at, text) => {
            const index = items.findIndex(
              (each) => each.lane === lane && each.from === at && each.text === text,
            );
            chosen.value = index < 0 ? null : index;
          }}
        />
      </div>
      <figcaption class="timeline-caption">
        <p class="timeline-chosen" aria-live="polite">
          {item === undefined ? (
            <span class="faint" id={hintId}>
              Choose a bar to read it; drag to zoom. By keys: ← → from event to event, ↑ ↓ from lane to lane,
              + − to zoom, 0 for the whole.
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
          {folded.length === lanes.length ? null : (
            <Button
              kind="quiet"
              onClick={() => {
                // What was chosen is found by its place among what is shown.
                chosen.value = null;
                isUnfolded.value = !isUnfolded.value;
              }}
            >
              {isUnfolded.value
                ? `Only ${instancesFolded} instances`
                : `${lanes.length - folded.length} more instances`}
            </Button>
          )}
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

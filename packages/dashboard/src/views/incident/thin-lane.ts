import type { Lane, Mark, Span } from './lane.ts';
import type { TimeScale } from './time-scale.ts';

export interface Drawn {
  readonly scale: TimeScale;
  /** In pixels. */
  readonly width: number;
  readonly window: { readonly from: number; readonly to: number };
  readonly end: number;
}

/** Nearer to each other than this, two of a kind are seen as one. */
const leastApart = 2;

/**
 * What of a lane is worth drawing: inside of the window, and not under what is drawn already. An incident of
 * thousands of events is then drawn as fast as a short one; zooming shows what was left out.
 */
export function thinLane({ spans, marks }: Lane, drawn: Drawn): Pick<Lane, 'spans' | 'marks'> {
  return { spans: thinSpans(spans, drawn), marks: thinMarks(marks, drawn) };
}

function thinSpans(spans: readonly Span[], { scale, width, window, end }: Drawn): readonly Span[] {
  const kept: Span[] = [];
  let right = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    const to = span.to ?? end;
    if (to < window.from || span.from > window.to) continue;
    const last = kept.at(-1);
    const reaches = scale.place(to) * width;
    if (last !== undefined && reaches - right < leastApart) {
      // Too short to be seen by itself: the one before lasts until its end.
      kept[kept.length - 1] = { ...last, to: span.to };
    } else {
      kept.push(span);
    }
    right = Math.max(right, reaches);
  }
  return kept;
}

function thinMarks(marks: readonly Mark[], { scale, width, window }: Drawn): readonly Mark[] {
  const places = new Map<Mark['look'], number>();
  return marks.filter((mark) => {
    if (mark.at < window.from || mark.at > window.to) return false;
    const place = scale.place(mark.at) * width;
    const before = places.get(mark.look);
    if (before !== undefined && place - before < leastApart) return false;
    places.set(mark.look, place);
    return true;
  });
}

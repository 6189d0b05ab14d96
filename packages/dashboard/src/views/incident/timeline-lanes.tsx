import { countdown, duration, timeOfDay } from '../../text/time.ts';
import type { Lane, Mark, Span } from './lanes.ts';
import { thinLane } from './thin-lane.ts';
import type { TimeScale } from './time-scale.ts';

const laneHeight = 40;
const barTop = 17;
const barHeight = 15;
const axisHeight = 26;

export interface LanesProps {
  readonly lanes: readonly Lane[];
  readonly scale: TimeScale;
  /** Of the picture, in pixels. */
  readonly width: number;
  readonly window: { readonly from: number; readonly to: number };
  /** Until when what lasts is drawn. */
  readonly end: number;
  readonly chosen: { readonly from: number; readonly text: string } | undefined;
  readonly selection: { readonly left: number; readonly right: number } | null;
  readonly onChoose: (at: number, text: string) => void;
}

/** The picture itself. Its text alternative is the list of events, and the line below that tells what is chosen. */
export function Lanes(props: LanesProps) {
  const { scale, width, selection } = props;
  const lanes = props.lanes.map((lane) => ({ name: lane.name, ...thinLane(lane, props) }));
  const height = lanes.length * laneHeight + axisHeight;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <defs>
        <pattern id="held" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch" width="2" height="6" />
        </pattern>
      </defs>
      <IdleStretches scale={scale} width={width} height={height - axisHeight} />
      {lanes.map((lane, index) => (
        <g key={lane.name} transform={`translate(0 ${index * laneHeight})`}>
          <line class="lane-line" x1="0" x2={width} y1={barTop + barHeight / 2} y2={barTop + barHeight / 2} />
          {lane.spans.map((span) => (
            <SpanBar key={`${span.from} ${span.look}`} span={span} {...props} />
          ))}
          {lane.marks.map((mark, order) => (
            <MarkShape key={`${mark.at} ${order}`} mark={mark} {...props} />
          ))}
          <text class="lane-name" x="0" y="11">
            {lane.name}
          </text>
        </g>
      ))}
      <Axis {...props} height={height} />
      {selection === null ? null : (
        <rect
          class="selection"
          x={selection.left * width}
          width={(selection.right - selection.left) * width}
          y="0"
          height={height - axisHeight}
        />
      )}
    </svg>
  );
}

function isChosen({ chosen }: LanesProps, from: number, text: string): boolean {
  return chosen !== undefined && chosen.from === from && chosen.text === text;
}

function SpanBar({ span, ...props }: LanesProps & { readonly span: Span }) {
  const { scale, width, end, onChoose } = props;
  const to = span.to ?? end;
  const left = scale.place(span.from) * width;
  const right = Math.max(left + 2, scale.place(to) * width);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the picture as a whole
    <rect
      class={`bar bar-${span.look}${isChosen(props, span.from, span.text) ? ' chosen' : ''}`}
      x={left}
      width={right - left}
      y={barTop}
      height={barHeight}
      rx="3"
      onClick={() => onChoose(span.from, span.text)}
    >
      <title>{`${timeOfDay(span.from, end)}, ${duration(to - span.from)}: ${span.text}`}</title>
    </rect>
  );
}

const markPaths = {
  event: 'M0 -3a3 3 0 1 1 0 6a3 3 0 1 1 0 -6Z',
  good: 'M-6 0l4 4l8 -8',
  bad: 'M-5 -5l10 10M5 -5l-10 10',
  unsure: 'M-4 -3a4 4 0 1 1 5 4c-1 .5 -1 1 -1 2M0 6.5v.2',
  refused: 'M-5 0h10',
} as const;

function MarkShape({ mark, ...props }: LanesProps & { readonly mark: Mark }) {
  const { scale, width, end, onChoose } = props;
  const left = Math.min(width - 7, Math.max(7, scale.place(mark.at) * width));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the picture as a whole
    <g
      class={`sign sign-${mark.look}${isChosen(props, mark.at, mark.text) ? ' chosen' : ''}`}
      transform={`translate(${left} ${barTop + barHeight / 2})`}
      onClick={() => onChoose(mark.at, mark.text)}
    >
      <circle r={mark.look === 'event' ? 4 : 8} class="sign-ground" />
      <path d={markPaths[mark.look]} />
      <title>{`${timeOfDay(mark.at, end)}: ${mark.text}`}</title>
    </g>
  );
}

function IdleStretches({
  scale,
  width,
  height,
}: Pick<LanesProps, 'scale' | 'width'> & { readonly height: number }) {
  return (
    <>
      {scale.stretches
        .filter(({ isIdle }) => isIdle)
        .map(({ from, left, right }) => (
          <g key={from}>
            <rect class="idle" x={left * width} width={(right - left) * width} y="0" height={height} />
          </g>
        ))}
    </>
  );
}

/** In pixels, for a time and for the length of an idle stretch. */
const timeRoom = 70;
const idleRoom = 56;

/** When the picture begins and how long it lasts; between them the lengths of idle stretches, where they fit. */
function Axis({ scale, width, window, end, height }: LanesProps & { readonly height: number }) {
  const y = height - 8;
  let taken = timeRoom;
  const idle = scale.stretches.flatMap(({ from, to, left, right, isIdle }) => {
    const middle = ((left + right) / 2) * width;
    if (!isIdle || middle - idleRoom / 2 < taken || middle + idleRoom / 2 > width - timeRoom) return [];
    taken = middle + idleRoom / 2;
    return [{ from, middle, text: duration(to - from) }];
  });
  return (
    <>
      <text class="axis-text" x="0" y={y}>
        {timeOfDay(window.from, end)}
      </text>
      {idle.map(({ from, middle, text }) => (
        <text key={from} class="axis-text" x={middle} y={y} text-anchor="middle">
          {text}
        </text>
      ))}
      <text class="axis-text" x={width} y={y} text-anchor="end">
        {`+${countdown(window.to - window.from)}`}
      </text>
    </>
  );
}

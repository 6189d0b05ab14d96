import { countdown, duration, timeOfDay } from '../../text/time.ts';
import type { Lane, Mark, Span } from './lane.ts';
import { thinLane } from './thin-lane.ts';
import type { TimeScale } from './time-scale.ts';

/** Of a lane, in pixels; those of instances are many, and lower. */
interface LaneShape {
  readonly height: number;
  readonly barTop: number;
  readonly barHeight: number;
}

const wholeLane: LaneShape = { height: 40, barTop: 17, barHeight: 15 };
const instanceLane: LaneShape = { height: 27, barTop: 14, barHeight: 9 };
const axisHeight = 26;

export interface LanesProps {
  readonly lanes: readonly Lane[];
  readonly scale: TimeScale;
  /** Of the picture, in pixels. */
  readonly width: number;
  readonly window: { readonly from: number; readonly to: number };
  /** Until when what lasts is drawn. */
  readonly end: number;
  readonly chosen: { readonly lane: string; readonly from: number; readonly text: string } | undefined;
  readonly selection: { readonly left: number; readonly right: number } | null;
  readonly onChoose: (lane: string, at: number, text: string) => void;
}

/** The picture itself. Its text alternative is the list of events, and the line below that tells what is chosen. */
export function Lanes(props: LanesProps) {
  const { scale, width, selection } = props;
  let top = 0;
  const lanes = props.lanes.map((lane) => {
    const shape = lane.of === undefined ? wholeLane : instanceLane;
    top += shape.height;
    return { name: lane.name, shape, top: top - shape.height, ...thinLane(lane, props) };
  });
  const height = top + axisHeight;
  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <defs>
        <pattern id="held" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="hatch" width="2" height="6" />
        </pattern>
        <pattern id="untold" width="5" height="5" patternUnits="userSpaceOnUse">
          <circle class="hatch" cx="2.5" cy="2.5" r="1" />
        </pattern>
      </defs>
      <IdleStretches scale={scale} width={width} height={height - axisHeight} />
      {lanes.map((lane) => (
        <g key={lane.name} transform={`translate(0 ${lane.top})`}>
          <line class="lane-line" x1="0" x2={width} y1={middleOf(lane.shape)} y2={middleOf(lane.shape)} />
          {lane.spans.map((span) => (
            <SpanBar
              key={`${span.from} ${span.look}`}
              {...props}
              span={span}
              lane={lane.name}
              shape={lane.shape}
            />
          ))}
          {lane.marks.map((mark, order) => (
            <MarkShape
              key={`${mark.at} ${order}`}
              {...props}
              mark={mark}
              lane={lane.name}
              shape={lane.shape}
            />
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

function middleOf({ barTop, barHeight }: LaneShape): number {
  return barTop + barHeight / 2;
}

interface InLane extends LanesProps {
  readonly lane: string;
  readonly shape: LaneShape;
}

function isChosen({ chosen, lane }: InLane, from: number, text: string): boolean {
  return chosen !== undefined && chosen.lane === lane && chosen.from === from && chosen.text === text;
}

/** Besides its colour the height of a bar tells how much of the calls fails; nobody has been heard of what is hollow. */
const shareOfHeight: Readonly<Partial<Record<Span['look'], number>>> = { 'part-sick': 0.7, well: 0.4 };

function SpanBar({ span, shape, ...props }: InLane & { readonly span: Span }) {
  const { scale, width, end, onChoose } = props;
  const to = span.to ?? end;
  const left = scale.place(span.from) * width;
  const right = Math.max(left + 2, scale.place(to) * width);
  const share = shape === instanceLane ? (shareOfHeight[span.look] ?? 1) : 1;
  const height = shape.barHeight * share;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the picture as a whole
    <rect
      class={`bar bar-${span.look}${isChosen({ ...props, shape }, span.from, span.text) ? ' chosen' : ''}`}
      x={left}
      width={right - left}
      y={shape.barTop + shape.barHeight - height}
      height={height}
      rx={Math.min(3, height / 2)}
      onClick={() => onChoose(props.lane, span.from, span.text)}
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

function MarkShape({ mark, shape, ...props }: InLane & { readonly mark: Mark }) {
  const { scale, width, end, onChoose } = props;
  const left = Math.min(width - 7, Math.max(7, scale.place(mark.at) * width));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the picture as a whole
    <g
      class={`sign sign-${mark.look}${isChosen({ ...props, shape }, mark.at, mark.text) ? ' chosen' : ''}`}
      transform={`translate(${left} ${middleOf(shape)})`}
      onClick={() => onChoose(props.lane, mark.at, mark.text)}
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

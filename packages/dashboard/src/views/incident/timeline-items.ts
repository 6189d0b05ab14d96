import type { Lane } from './lane.ts';

/** What can be chosen in a timeline. */
export interface Item {
  readonly from: number;
  readonly to: number;
  readonly lane: string;
  readonly text: string;
}

/** Instances shown while nobody asks for more: the first that complained. */
export const instancesFolded = 8;

export function foldedLanes(lanes: readonly Lane[]): readonly Lane[] {
  const instances = lanes.filter(({ of }) => of === 'instance');
  const hidden = new Set(instances.slice(instancesFolded));
  return hidden.size === 0 ? lanes : lanes.filter((lane) => !hidden.has(lane));
}

/** What lasts or begins at about the same time in the next lane that has anything; where there is none, the same. */
export function inNextLane(
  lanes: readonly Lane[],
  items: readonly Item[],
  present: Item,
  by: number,
): number {
  const here = lanes.findIndex(({ name }) => name === present.lane);
  for (let index = here + by; index >= 0 && index < lanes.length; index += by) {
    const name = lanes[index]?.name;
    const there = items.filter(({ lane }) => lane === name);
    const nearest = there.findLast(({ from }) => from <= present.from) ?? there[0];
    if (nearest !== undefined) return items.indexOf(nearest);
  }
  return items.indexOf(present);
}

/** When anything begins or ends. */
export function momentsOf(lanes: readonly Lane[]): readonly number[] {
  return lanes.flatMap(({ spans, marks }) => [
    ...spans.flatMap(({ from, to }) => (to === null ? [from] : [from, to])),
    ...marks.map(({ at }) => at),
  ]);
}

/** What lasts and what happened, in the order of time. */
export function itemsOf(lanes: readonly Lane[], end: number): readonly Item[] {
  return lanes
    .flatMap(({ name, spans, marks }) => [
      ...spans.map(({ from, to, text }) => ({ from, to: to ?? end, lane: name, text })),
      ...marks.map(({ at, text }) => ({ from: at, to: at, lane: name, text })),
    ])
    .sort((left, right) => left.from - right.from);
}

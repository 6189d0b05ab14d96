import type { Explanation } from '@prunella/core';
import type { ResourceRow } from '../../api/resources.ts';
import type { Fleet } from '../../live/fleet.ts';

type State = Explanation['state'];

/** Of the address: `not-ok` stands for every state but `ok`, an empty text for all. */
export type StateFilter = State | 'not-ok' | '';

/** A row as it is shown: the newest that was told of it by the stream or by the list. */
export interface ShownResource extends Pick<Explanation, 'resource' | 'state' | 'since' | 'reason'> {
  /** Null until the healer was asked for it. */
  readonly row: ResourceRow | null;
}

/** Whether the stream tells all that can fit, so that no page must be read. */
export function isToldByStream(filter: StateFilter, more: number): boolean {
  return filter !== '' && filter !== 'ok' && more === 0;
}

/** Finds names as the healer does: with `*` for any run of characters, at any place. */
function nameMatcher(part: string): (name: string) => boolean {
  const pieces = part.split('*').map((piece) => piece.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(pieces.join('.*'), 's');
  return (name) => pattern.test(name);
}

interface Given {
  /** In the order in which they are shown. */
  readonly sick: readonly Explanation[];
  readonly more: Fleet['more'];
  /** Of the pages that were read. */
  readonly names: readonly string[];
  readonly rows: ReadonlyMap<string, ResourceRow>;
  readonly filter: StateFilter;
  readonly part: string;
}

/** Those that are not ok first, as the stream tells them; then the others by name. */
export function shownResources({ sick, more, names, rows, filter, part }: Given): readonly ShownResource[] {
  const isNamed = nameMatcher(part);
  const isWanted = (state: State) =>
    filter === '' || (filter === 'not-ok' ? state !== 'ok' : state === filter);
  const known = new Set(sick.map(({ resource }) => resource));
  const first = sick
    .filter(({ resource, state }) => isNamed(resource) && isWanted(state))
    .map(({ resource, state, since, reason }) => ({
      resource,
      state,
      since,
      reason,
      row: rows.get(resource) ?? null,
    }));
  const others = names.flatMap((resource) => {
    const row = rows.get(resource);
    if (row === undefined || known.has(resource)) return [];
    // What the stream does not name is ok by now, unless it cannot name all.
    const state = more === 0 ? 'ok' : row.state;
    const since = state === row.state ? row.since : null;
    const reason = state === row.state ? row.reason : '';
    return isWanted(state) ? [{ resource, state, since, reason, row }] : [];
  });
  return [...first, ...others];
}

import type { Signal } from '@prunella/core';
import type { BusEvent } from './bus-event.ts';

/** A node of a resource, and the minion on which it is repaired. */
export interface WatchedNode {
  readonly resource: string;
  readonly node: string;
  readonly target: string;
}

const source = 'salt';
const longestData = 4_000;

/** The signals of one event, one for each node whose minion it concerns. */
export function signalsOf(event: BusEvent, nodes: readonly WatchedNode[]): readonly Signal[] {
  switch (event.type) {
    case 'job-began':
      return [];
    case 'job-returned':
      if (!event.failed || event.byHealer) return [];
      return of(nodes, [event.minion], `${event.jid}/${event.minion}`, {
        type: 'salt.job.failed',
        status: 'firing',
        summary: `${event.function} as job ${event.jid} failed on ${event.minion} (retcode ${event.retcode ?? 'unknown'})`,
        data: { function: event.function, jid: event.jid, minion: event.minion, retcode: event.retcode },
      });
    case 'minion-started':
      return of(nodes, [event.minion], `start ${event.stamp}`, {
        type: 'salt.minion.started',
        status: 'firing',
        summary: `the minion ${event.minion} started`,
        data: { minion: event.minion },
      });
    case 'minions-lost':
      return event.minions.flatMap((minion) =>
        of(nodes, [minion], `lost ${event.stamp}`, {
          type: 'salt.minion.lost',
          status: 'firing',
          summary: `the Salt master has lost the minion ${minion}`,
          data: { minion },
        }),
      );
    case 'minions-back':
      return event.minions.flatMap((minion) =>
        of(nodes, [minion], `back ${event.stamp}`, {
          type: 'salt.minion.lost',
          status: 'resolved',
          summary: `the minion ${minion} is connected to the Salt master again`,
          data: { minion },
        }),
      );
    case 'beacon':
      return of(nodes, [event.minion], `${event.beacon} ${event.stamp}`, {
        type: `salt.beacon.${event.beacon}`,
        status: 'firing',
        summary: `the beacon ${event.beacon} of ${event.minion} fired`,
        data: beaconData(event.data),
      });
  }
}

type Told = Pick<Signal, 'type' | 'status' | 'summary' | 'data'>;

function of(
  nodes: readonly WatchedNode[],
  minions: readonly string[],
  id: string,
  told: Told,
): readonly Signal[] {
  return nodes
    .filter(({ target }) => minions.includes(target))
    .map(({ resource, node }) => ({ ...told, source, id: `${resource}/${node}: ${id}`, resource, node }));
}

/** What conditions of playbooks can ask for; a beacon that tells too much is told without. */
function beaconData(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { _stamp: _, ...rest } = data;
  return JSON.stringify(rest).length <= longestData ? rest : { tooLong: true };
}

import type { Signal } from '@prunella/core';
import type { Firing } from './firing-file.ts';

/** The signal of a monitor that fires, and of one that is resolved. Its id names the failure by its beginning. */
export function signalOf(name: string, type: string, entry: Firing, status: Signal['status']): Signal {
  const { resource, node, since } = entry;
  const said = status === 'resolved' ? (entry.resolved ?? entry.firing) : entry.firing;
  return {
    id: `${new Date(since).toISOString()}/${status}`,
    source: name,
    type: `monitor.${type}`,
    resource,
    ...(node === null ? {} : { node }),
    status,
    summary: said.detail,
    data: {
      monitor: name,
      check: type,
      since: new Date(since).toISOString(),
      ...(said.output === undefined ? {} : { output: said.output }),
    },
  };
}

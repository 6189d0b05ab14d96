import type { Run } from '../record.ts';
import type { Breach, Rule } from './rule.ts';

/** A node that came back this short a time ago may still be taken for failing by whoever looked just before. */
const unseenMs = 12_000;

/** Whether the node was well, and could be seen to be, for the whole of the span before `at`. */
function wasWell({ entries }: Run, node: string, at: number): boolean {
  let fault = false;
  let seenWellFrom = 0;
  let cuts = 0;
  for (const entry of entries) {
    if (entry.at > at) break;
    if (entry.type === 'truth' && entry.node === node) {
      fault = entry.fault !== null;
      seenWellFrom = entry.at;
    } else if (entry.type === 'cut' && [entry.from, entry.to].includes('healer')) {
      cuts += entry.cut ? 1 : -1;
      seenWellFrom = entry.at;
    }
  }
  return !fault && cuts === 0 && at - seenWellFrom > unseenMs;
}

/** Whether the healer had looked often enough in a row to take a silent node for a dead one. */
function lookedInVain({ entries }: Run, node: string, index: number, times: number): boolean {
  let failures = 0;
  for (let place = index - 1; place >= 0; place -= 1) {
    const entry = entries[place];
    if (entry?.type !== 'input' || entry.input.type !== 'probe' || entry.input.result.node !== node) continue;
    if (entry.input.result.passed) break;
    failures += 1;
  }
  return failures >= times;
}

/** Whether anything but looking said that the node was gone: a person's or a monitor's word. */
function wasNamed({ entries }: Run, node: string, at: number): boolean {
  return entries.some(
    (entry) =>
      entry.type === 'signalled' && entry.signal.node === node && entry.at <= at && entry.at > at - 300_000,
  );
}

export const healthyLeftAlone: Rule = {
  name: 'healthy-left-alone',
  holds: 'no node is disrupted that was well, and could be seen to be, when the order was sent',
  check: (run, { intended }) =>
    run.entries.flatMap((entry, index): Breach[] => {
      if (entry.type !== 'sent' || entry.order.effect !== 'disrupts') return [];
      const attempt = intended.find(({ id }) => id === entry.order.attempt);
      if (attempt === undefined || attempt.step.target.select !== 'failing-nodes') return [];
      const { nodes } = run.history.resources.find(({ facts }) => facts.resource === attempt.resource)
        ?.facts ?? {
        nodes: [],
      };
      const { confirm } = attempt.playbook.open;
      const times = confirm.by === 'probe' ? confirm.failures : 1;
      return nodes
        .filter(({ target }) => target !== undefined && entry.order.targets.includes(target))
        .filter(({ name }) => wasWell(run, name, entry.at) && !wasNamed(run, name, entry.at))
        .filter(({ name }) => !lookedInVain(run, name, index, times))
        .map(({ name }) => ({ at: entry.at, what: `${attempt.id} disrupts ${name}, which is well` }));
    }),
};

export const someServeOn: Rule = {
  name: 'healthy-share',
  holds:
    'what disrupts leaves the share of the nodes that still pass their probes alone that the playbook writes',
  check: (run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect !== 'disrupts') return [];
      const { nodes } = run.history.resources.find(({ facts }) => facts.resource === attempt.resource)
        ?.facts ?? {
        nodes: [],
      };
      const passing = new Set<string>();
      for (const [index, entry] of run.entries.entries()) {
        if (index >= attempt.intended.index) break;
        if (entry.type === 'healer') passing.clear();
        if (entry.type !== 'input' || entry.resource !== attempt.resource || entry.input.type !== 'probe')
          continue;
        const { node, passed } = entry.input.result;
        if (node === null) continue;
        if (passed) passing.add(node);
        else passing.delete(node);
      }
      const serving = nodes.filter(({ name }) => passing.has(name));
      const left = serving.filter(({ target }) => target === undefined || !attempt.targets.includes(target));
      const isTouched = left.length < serving.length;
      const enough = attempt.playbook.limits.healthyShare * serving.length - 1e-9;
      if (!isTouched || (left.length > 0 && left.length >= enough)) return [];
      return [
        {
          at: attempt.intended.at,
          what: `${attempt.id} leaves ${left.length} of ${serving.length} that still serve`,
        },
      ];
    }),
};

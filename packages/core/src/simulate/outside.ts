import type { Outside } from './errands.ts';
import type { Living } from './living.ts';

/** The healer's ways out of its process, over the network, to where the truth is. */
export function makeOutside(simulation: Living): Outside {
  const { agenda, network } = simulation;
  const unprobed = new Set(
    simulation.history.resources.filter(({ probed }) => probed === false).map(({ facts }) => facts.resource),
  );
  return {
    probe: (resource, node, timeoutMs, done) => {
      if (unprobed.has(resource)) return;
      const nodes = simulation.truth.of(resource).filter((each) => node === null || each.node === node);
      const took = 2 + 2 * network.delayMs();
      const timedOut = { passed: false, detail: `no answer within ${timeoutMs} ms`, kind: 'timeout' };
      const isCut = nodes.some((each) => !network.reaches('healer', `node:${each.node}`));
      if (isCut || took >= timeoutMs) {
        agenda.after(timeoutMs, 'world', () => done(timedOut));
        return;
      }
      agenda.after(took, 'world', () => {
        const fault = nodes.find((each) => each.fault !== null)?.fault ?? null;
        if (fault === 'timeout') agenda.after(timeoutMs - took, 'world', () => done(timedOut));
        else if (fault === null) done({ passed: true, detail: 'answered' });
        else done({ passed: false, detail: `said ${fault}`, kind: fault });
      });
    },
    resolve: (command, done) => {
      agenda.after(10 + 2 * network.delayMs(), 'world', () => {
        if (!network.reaches('healer', 'backend')) {
          done({ resolved: false, targets: [], error: 'the backend cannot be reached' });
          return;
        }
        const nodes =
          command.target.select === 'failing-nodes'
            ? command.failing
            : simulation.truth
                .of(command.resource)
                .flatMap(({ node, target }) => (target === null ? [] : [{ node, target }]));
        const targets = nodes.map(({ node, target }) => ({
          id: target,
          node,
          responding: !simulation.silentMinions.has(target) && network.reaches('backend', `node:${node}`),
        }));
        const stray = [...simulation.strayTargets].map((id) => ({ id, responding: true }));
        done({ resolved: true, targets: [...targets, ...stray] });
      });
    },
    send: (order, answers) => {
      if (!network.reaches('healer', 'backend')) {
        answers.onResult({
          outcome: 'failed',
          summary: 'no route to host',
          targets: [],
          neverSent: true,
        });
        return;
      }
      agenda.after(network.delayMs(), 'backend', () => simulation.backend.send(order, answers));
    },
    find: (order, answers, done) => {
      const ask = () => {
        if (network.reaches('healer', 'backend')) done(simulation.backend.find(order, answers));
        else agenda.after(2_000, 'world', ask);
      };
      agenda.after(5 + 2 * network.delayMs(), 'world', ask);
    },
    cancel: () => {},
    direct: (instances, directive) => {
      const ids = new Set(instances);
      for (const application of simulation.applications) {
        if (!ids.has(application.instance)) continue;
        network.post('healer', `host:${application.host}`, () => application.obey(directive));
      }
    },
    notify: ({ text }) => simulation.note({ type: 'told', text }),
  };
}

import type { Happening } from './history/history.ts';
import type { Living } from './living.ts';

/** Between the replacements of two processes of one service. */
const deployStepMs = 5_000;

/** Lets one thing of a history come true. */
export function happen(simulation: Living, happening: Happening): void {
  const { agenda, healer, network, truth, clock } = simulation;
  switch (happening.what) {
    case 'breaks':
      breaks(simulation, happening);
      return;
    case 'own-fault': {
      const key = `${happening.service} ${happening.resource}`;
      simulation.ownFaults.set(key, happening.kind);
      agenda.after(happening.forMs, 'world', () => simulation.ownFaults.delete(key));
      return;
    }
    case 'cut': {
      const { from, to, forMs } = happening;
      const cut = { from, to };
      network.cut(cut);
      simulation.note({ type: 'cut', from, to, cut: true });
      agenda.after(forMs, 'world', () => {
        network.mend(cut);
        simulation.note({ type: 'cut', from, to, cut: false });
      });
      return;
    }
    case 'healer-crashes':
      healer.arm(happening.point, happening.event, happening.downForMs);
      return;
    case 'paused':
      healer.tellFleet({ type: 'pause', by: 'ada', reason: 'looking at it' });
      agenda.after(happening.forMs, 'world', () => resume(simulation));
      return;
    case 'clock-set':
      clock.jump(happening.byMs);
      simulation.note({ type: 'clock-set', byMs: happening.byMs });
      return;
    case 'signal':
      signal(simulation, happening);
      return;
    case 'deployed':
    case 'gone':
      replace(simulation, happening);
      return;
    case 'other-repairs': {
      const node = truth.node(happening.resource, happening.node);
      if (node === undefined) return;
      simulation.note({ type: 'other-repaired', resource: happening.resource, node: happening.node });
      truth.set(node, null);
      return;
    }
    case 'backend-confused':
      simulation.strayTargets.add(happening.target);
      agenda.after(happening.forMs, 'world', () => simulation.strayTargets.delete(happening.target));
      return;
    case 'minion-silent':
      simulation.silentMinions.add(happening.target);
      agenda.after(happening.forMs, 'world', () => simulation.silentMinions.delete(happening.target));
      return;
    case 'person-says':
      simulation.tell(happening.resource, happening.command);
      return;
    case 'others-act':
      act(simulation, happening);
      return;
    case 'loaded': {
      const { resource, of = 'connections', utilisation } = happening;
      simulation.note({ type: 'loaded', resource, of, utilisation });
      load(simulation, happening, agenda.now + happening.forMs);
    }
  }
}

type HappeningOf<What extends Happening['what']> = Extract<Happening, { what: What }>;

function breaks(simulation: Living, happening: HappeningOf<'breaks'>): void {
  const { truth, agenda } = simulation;
  const { kind, cures, forMs } = happening;
  for (const node of truth.of(happening.resource)) {
    if (happening.node !== null && happening.node !== node.node) continue;
    truth.set(node, kind, cures);
    if (forMs === null) continue;
    agenda.after(forMs, 'world', () => {
      // A restart in between does not change that what was wrong is over now.
      if (node.fault !== null) truth.set(node, null);
    });
  }
}

/** A person resumes once the healer is there to be told. */
function resume(simulation: Living): void {
  if (simulation.healer.up) simulation.healer.tellFleet({ type: 'resume', by: 'ada' });
  else simulation.agenda.after(1_000, 'world', () => resume(simulation));
}

function signal(simulation: Living, happening: HappeningOf<'signal'>): void {
  const { resource, node, type, summary = 'says that it is gone', data } = happening;
  const signalled = {
    id: `signal-${happening.at}`,
    source: 'monitor',
    type,
    resource,
    ...(node !== null && { node }),
    status: 'firing' as const,
    summary,
    ...(data !== undefined && { data }),
  };
  simulation.note({ type: 'signalled', signal: signalled });
  simulation.healer.input(resource, { type: 'signal', signal: signalled });
}

function replace(simulation: Living, happening: HappeningOf<'deployed' | 'gone'>): void {
  const { agenda, history } = simulation;
  const service = history.services.find(({ name }) => name === happening.service);
  if (service === undefined) return;
  const ending = simulation.applications.filter(
    (each) => each.running && each.instance.startsWith(`${service.name}/`),
  );
  for (const [index, application] of ending.entries()) {
    agenda.after(index * deployStepMs, 'world', () => {
      application.stop(happening.how);
      if (happening.what === 'deployed') simulation.startProcess(service, application.host);
    });
  }
}

/** A source sees it begin and end. */
function act(simulation: Living, happening: HappeningOf<'others-act'>): void {
  const { healer, clock, agenda } = simulation;
  const { resource, targets, forMs } = happening;
  const source = `source-${happening.at}`;
  const since = clock.now();
  const acting = { what: happening.as, detail: 'began by itself', targets, since, until: since + forMs };
  simulation.note({ type: 'others', resource, what: happening.as, targets, began: true });
  healer.input(resource, { type: 'acting', source, acting: [acting] });
  agenda.after(forMs, 'world', () => {
    simulation.note({ type: 'others', resource, what: happening.as, targets, began: false });
    healer.input(resource, { type: 'acting', source, acting: [] });
  });
}

const loadToldEveryMs = 20_000;

function load(simulation: Living, happening: HappeningOf<'loaded'>, until: number): void {
  const { healer, clock, agenda } = simulation;
  const { resource, utilisation, of = 'connections' } = happening;
  healer.input(resource, { type: 'load', load: { at: clock.now(), of, utilisation } });
  if (agenda.now + loadToldEveryMs < until) {
    agenda.after(loadToldEveryMs, 'world', () => load(simulation, happening, until));
  }
}

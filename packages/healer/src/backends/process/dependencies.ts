/** Why a service goes down, or is told anew: what SMF calls the fault kinds of `restart_on`. */
export type Cause = 'error' | 'restart' | 'refresh';

export const restartOnChoices = ['none', 'error', 'restart', 'refresh'] as const;

/**
 * When a dependant is held and started again: never; where what it depends on failed; also where that is
 * restarted or stopped; also where its configuration is applied.
 */
export type RestartOn = (typeof restartOnChoices)[number];

export type Dependencies = ReadonlyMap<string, Readonly<Record<string, RestartOn>>>;

/** Each service after those that it depends on. A circle has no order: its services come in any. */
export function startOrder(dependencies: Dependencies): readonly string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (service: string) => {
    if (seen.has(service)) return;
    seen.add(service);
    for (const before of Object.keys(dependencies.get(service) ?? {})) visit(before);
    if (dependencies.has(service)) order.push(service);
  };
  for (const service of dependencies.keys()) visit(service);
  return order;
}

/** The first circle found, as `a, b, a`; null where there is none. */
export function circle(dependencies: Dependencies): readonly string[] | null {
  const done = new Set<string>();
  const search = (service: string, path: readonly string[]): readonly string[] | null => {
    const at = path.indexOf(service);
    if (at >= 0) return [...path.slice(at), service];
    if (done.has(service)) return null;
    for (const next of Object.keys(dependencies.get(service) ?? {})) {
      const found = search(next, [...path, service]);
      if (found !== null) return found;
    }
    done.add(service);
    return null;
  };
  for (const service of dependencies.keys()) {
    const found = search(service, []);
    if (found !== null) return found;
  }
  return null;
}

/**
 * Who is held while the targets are repaired, in the order in which they start again. A dependant that is held is
 * itself restarted, which its own dependants see as that.
 */
export function dependantsOf(
  dependencies: Dependencies,
  targets: readonly string[],
  cause: Cause,
): readonly string[] {
  const held = new Set<string>();
  const visit = (service: string, why: Cause) => {
    for (const [dependant, uses] of dependencies) {
      const restartOn = uses[service];
      if (restartOn === undefined || held.has(dependant) || targets.includes(dependant)) continue;
      if (restartOnChoices.indexOf(restartOn) < restartOnChoices.indexOf(why)) continue;
      held.add(dependant);
      visit(dependant, 'restart');
    }
  };
  for (const target of targets) visit(target, cause);
  return startOrder(dependencies).filter((service) => held.has(service));
}

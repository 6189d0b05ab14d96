import { bestMatches, type Playbook } from '@prunella/core';

/**
 * Which playbook owns which resource, of those that are known: looked up once for each resource, since thousands
 * of resources times hundreds of patterns are too many for each look of a person. For one set of playbooks.
 */
export class Ownership {
  readonly playbooks: readonly Playbook[];
  readonly #exact: ReadonlyMap<string, readonly Playbook[]>;
  readonly #patterns: readonly Playbook[];
  readonly #owners = new Map<string, Playbook | null>();
  readonly #owned = new Map<string, string[]>();
  #names: readonly string[] = [];

  constructor(playbooks: readonly Playbook[]) {
    this.playbooks = playbooks;
    this.#exact = Map.groupBy(playbooks, (playbook) => playbook.for);
    this.#patterns = playbooks.filter((playbook) => playbook.for.includes('*'));
  }

  /** Takes up the resources that are known by now, which never become fewer. */
  know(world: { readonly size: number; resources(): Iterable<string> }): void {
    if (world.size === this.#owners.size) return;
    for (const resource of world.resources()) {
      if (this.#owners.has(resource)) continue;
      const owner = this.#find(resource);
      this.#owners.set(resource, owner);
      if (owner === null) continue;
      const owned = this.#owned.get(owner.name);
      if (owned === undefined) this.#owned.set(owner.name, [resource]);
      else owned.push(resource);
    }
    this.#names = [...this.#owners.keys()].sort();
    for (const owned of this.#owned.values()) owned.sort();
  }

  /** Of a resource that is known; null where no playbook is for it, or several are equally. */
  ownerOf(resource: string): Playbook | null {
    return this.#owners.get(resource) ?? null;
  }

  /** All resources that are known, by name. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Names of the resources that a playbook owns, in order. */
  ownedBy(playbook: string): readonly string[] {
    return this.#owned.get(playbook) ?? [];
  }

  /** Names of the resources that cannot be well without this one, in order. */
  dependantsOf(resource: string): readonly string[] {
    return this.playbooks
      .filter(({ dependsOn }) => dependsOn.includes(resource))
      .flatMap(({ name }) => this.ownedBy(name))
      .sort();
  }

  #find(resource: string): Playbook | null {
    const [best, second] = bestMatches(resource, this.#exact.get(resource) ?? this.#patterns);
    return best === undefined || second !== undefined ? null : best;
  }
}

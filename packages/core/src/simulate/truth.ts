import type { FaultKind } from '@prunella/protocol';

export interface NodeTruth {
  readonly resource: string;
  readonly node: string;
  /** The declared target; null where none is. */
  readonly target: string | null;
  fault: FaultKind | null;
  /** What mends the fault that it has: effects, or ids of steps. */
  cures: readonly string[];
  /** Changes with every fault, so that what was to end an earlier one leaves this one alone. */
  story: number;
}

/** How things really are. Nobody in the world can look here but by a call, a probe, or an order carried out. */
export class Truth {
  readonly nodes: readonly NodeTruth[];
  readonly #byTarget = new Map<string, NodeTruth>();
  readonly #byResource = new Map<string, NodeTruth[]>();
  readonly #onChange: (node: NodeTruth) => void;

  constructor(
    nodes: readonly { readonly resource: string; readonly node: string; readonly target: string | null }[],
    onChange: (node: NodeTruth) => void,
  ) {
    this.#onChange = onChange;
    this.nodes = nodes.map((each) => ({ ...each, fault: null, cures: [], story: 0 }));
    for (const node of this.nodes) {
      if (node.target !== null) this.#byTarget.set(node.target, node);
      this.#byResource.set(node.resource, [...this.of(node.resource), node]);
    }
  }

  of(resource: string): readonly NodeTruth[] {
    return this.#byResource.get(resource) ?? [];
  }

  node(resource: string, name: string): NodeTruth | undefined {
    return this.of(resource).find(({ node }) => node === name);
  }

  atTarget(target: string): NodeTruth | undefined {
    return this.#byTarget.get(target);
  }

  set(node: NodeTruth, fault: FaultKind | null, cures: readonly string[] = []): number {
    node.story += 1;
    node.cures = cures;
    if (node.fault !== fault) {
      node.fault = fault;
      this.#onChange(node);
    }
    return node.story;
  }
}

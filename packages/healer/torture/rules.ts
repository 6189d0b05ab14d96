import type { ActionResult } from '@prunella/core';
import { compareFences, type Fence } from '@prunella/protocol';
import type { StoredTruth } from './stored.ts';
import type { World } from './world.ts';

/** What healers promised to the outside, over all their lives. */
export interface Promised {
  /** Ids of signals and commands that were acknowledged. */
  readonly acknowledged: Set<string>;
  /** The newest entry of the log that anybody was told of. */
  published: number;
}

/**
 * What must hold at any time, and at the end. Each sentence is a promise that was broken. The rules see only what
 * is in the database and what the world did, never the healer's own view.
 */
export class Rules {
  readonly #world: World;
  readonly #promised: Promised;
  readonly #broken = new Set<string>();
  readonly #onDisk = new Set<string>();
  readonly #intended = new Set<string>();
  readonly #results = new Map<string, ActionResult>();
  readonly #newestFence = new Map<string, Fence>();
  readonly #appliedFenced = new Set<string>();
  readonly #applied = new Set<string>();
  #lastSequence = 0;
  #appliedSeen = 0;
  #counted = 0;

  constructor(world: World, promised: Promised) {
    this.#world = world;
    this.#promised = promised;
  }

  get broken(): readonly string[] {
    return [...this.#broken];
  }

  get attempts(): number {
    return this.#intended.size;
  }

  /** How many attempts ended how. */
  get outcomes(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { outcome, neverSent } of this.#results.values()) {
      const name = neverSent === true ? 'never sent' : outcome;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /** Between two lives of the healer, and at the end. */
  look(stored: StoredTruth): void {
    this.#readLog(stored);
    this.#lookAtTargets();
    for (const id of this.#promised.acknowledged) {
      if (!this.#onDisk.has(id)) this.#say(`${id} was acknowledged and is not in the store`);
    }
    if (this.#promised.published > this.#lastSequence) {
      this.#say(`entry ${this.#promised.published} was published and is not in the store`);
    }
    for (const [attempt, times] of this.#world.sent) {
      if (times > 1) this.#say(`${attempt} was sent ${times} times`);
      if (!this.#intended.has(attempt)) this.#say(`${attempt} was sent without its intent on disk`);
    }
    this.#lookAtLedger(stored);
  }

  /** Nothing is in progress any more. */
  lookAtEnd(stored: StoredTruth): void {
    this.look(stored);
    for (const attempt of stored.openAttempts()) this.#say(`${attempt} is still open in the store`);
    const stories = stored.incidents();
    for (const attempt of this.#intended) {
      const result = this.#results.get(attempt);
      if (result === undefined) {
        this.#say(`${attempt} never got a result`);
        continue;
      }
      const seen = stories.flatMap(({ attempts }) => attempts).find((each) => each.attempt === attempt);
      if (result.outcome === 'unknown' && (seen?.outcome !== 'unknown' || !seen.reason)) {
        this.#say(`the outcome of ${attempt} is unknown and nobody sees it: ${JSON.stringify(seen)}`);
      }
      // What comes late may still be on its way while the healer lives; at the end it is not.
      if (result.neverSent === true && this.#applied.has(attempt)) {
        this.#say(`${attempt} is said to be never sent and was applied`);
      }
      if (result.outcome === 'succeeded' && !this.#applied.has(attempt)) {
        this.#say(`${attempt} is said to have succeeded and was never applied`);
      }
    }
    for (const story of stories) {
      if (story.state === 'open') this.#say(`${story.incident} did not go on: ${story.story}`);
    }
    if (!this.#world.allUp) this.#say('a resource was never repaired');
    const pending = stored.ledger()?.pending ?? 0;
    if (pending !== 0) this.#say(`${pending} triggers are still pending although all is over`);
  }

  #say(sentence: string): void {
    if (this.#broken.size < 20) this.#broken.add(sentence);
  }

  #readLog(stored: StoredTruth): void {
    for (const { sequence, event } of stored.eventsAfter(this.#lastSequence)) {
      if (sequence !== this.#lastSequence + 1) {
        this.#say(`the log jumps from ${this.#lastSequence} to ${sequence}`);
      }
      this.#lastSequence = sequence;
      switch (event.type) {
        case 'signal-received':
          this.#note(event.signal.id);
          this.#counted += 1;
          break;
        case 'operator-commanded':
          this.#note(event.command.id);
          this.#counted += 1;
          break;
        case 'attempt-intended':
          if (this.#intended.has(event.attempt)) this.#say(`${event.attempt} was intended twice`);
          this.#intended.add(event.attempt);
          break;
        case 'attempt-ended':
          if (this.#results.has(event.attempt)) this.#say(`${event.attempt} ended twice`);
          this.#results.set(event.attempt, event.result);
          break;
        default:
      }
    }
  }

  #note(id: string): void {
    if (this.#onDisk.has(id)) this.#say(`${id} is twice in the store`);
    this.#onDisk.add(id);
  }

  #lookAtTargets(): void {
    for (const { order, fenced } of this.#world.applied.slice(this.#appliedSeen)) {
      const { attempt, resource, fence } = order;
      this.#applied.add(attempt);
      if (!this.#intended.has(attempt)) this.#say(`${attempt} was applied without its intent on disk`);
      if (!fenced) continue;
      if (this.#appliedFenced.has(attempt)) this.#say(`${attempt} was applied twice at a target with fences`);
      this.#appliedFenced.add(attempt);
      const newest = this.#newestFence.get(resource);
      if (newest !== undefined && compareFences(fence, newest) < 0) {
        this.#say(`${attempt} was applied although it had been overtaken`);
      }
      this.#newestFence.set(resource, fence);
    }
    this.#appliedSeen = this.#world.applied.length;
  }

  #lookAtLedger(stored: StoredTruth): void {
    const ledger = stored.ledger();
    if (ledger === undefined) {
      if (this.#counted > 0) this.#say(`${this.#counted} triggers are in the log and no ledger`);
      return;
    }
    const { accepted, executed, suppressed, rejected, expired, pending } = ledger;
    const fates = { executed, suppressed, rejected, expired, pending };
    const sum = Object.values(fates).reduce((total, count) => total + count, 0);
    if (accepted !== sum || Object.values(fates).some((count) => count < 0)) {
      this.#say(`the ledger does not add up: accepted ${accepted}, but ${JSON.stringify(fates)}`);
    }
    // Openings from reports are triggers, too.
    if (accepted < this.#counted) this.#say(`${this.#counted} triggers are in the log, ${accepted} accepted`);
  }
}

import type { Agenda } from './agenda.ts';
import type { Random } from './random.ts';

export interface NetworkWeather {
  /** Shares of messages that never arrive, and that arrive twice. */
  readonly lossShare: number;
  readonly doubleShare: number;
  /** A message takes a time between these; each its own, so that messages overtake one another. */
  readonly leastDelayMs: number;
  readonly mostDelayMs: number;
}

export const calmNetwork: NetworkWeather = { lossShare: 0, doubleShare: 0, leastDelayMs: 0, mostDelayMs: 0 };

/** Parties are named `healer`, `backend`, `host:web1`, `node:db1`; an end may be a `host:*`. */
export interface Cut {
  readonly from: string;
  readonly to: string;
}

/** Loses, doubles, delays and reorders messages, and is cut in places for a time. */
export class Network {
  weather: NetworkWeather;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #cuts = new Set<Cut>();

  constructor(agenda: Agenda, random: Random, weather: NetworkWeather = calmNetwork) {
    this.#agenda = agenda;
    this.#random = random;
    this.weather = weather;
  }

  cut(cut: Cut): void {
    this.#cuts.add(cut);
  }

  mend(cut: Cut): void {
    this.#cuts.delete(cut);
  }

  reaches(from: string, to: string): boolean {
    if (this.#cuts.size === 0) return true;
    for (const cut of this.#cuts) {
      const isCut = isParty(cut.from, from) && isParty(cut.to, to);
      if (isCut || (isParty(cut.from, to) && isParty(cut.to, from))) return false;
    }
    return true;
  }

  /** A message: perhaps never, perhaps twice, perhaps after a later one. */
  post(from: string, to: string, deliver: () => void): void {
    if (!this.reaches(from, to)) return;
    const { lossShare, doubleShare } = this.weather;
    if (lossShare > 0 && this.#random.chance(lossShare)) return;
    this.#agenda.after(this.delayMs(), 'network', deliver);
    if (doubleShare > 0 && this.#random.chance(doubleShare)) {
      this.#agenda.after(this.delayMs(), 'network', deliver);
    }
  }

  delayMs(): number {
    const { leastDelayMs, mostDelayMs } = this.weather;
    return leastDelayMs + this.#random.next() * (mostDelayMs - leastDelayMs);
  }
}

function isParty(pattern: string, party: string): boolean {
  return pattern.endsWith('*') ? party.startsWith(pattern.slice(0, -1)) : pattern === party;
}

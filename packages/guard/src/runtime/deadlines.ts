import type { Clock } from '../clock.ts';

const tickMs = 8;
const slotCount = 512;
/** A timer that is later than this is a sign of a blocked event loop. */
const lagFloorMs = 10;
const sampleMostMs = 104;

/** Something that must be over in time. Calls extend it, so that a deadline costs no object and no timer. */
export abstract class Deadline {
  next: Deadline | null = null;
  previous: Deadline | null = null;
  slot = -1;
  deadlineMs = 0;
  beganAt = 0;
  /** What the event loop had lost in all when this began. */
  lagBefore = 0;

  isDue(now: number): boolean {
    return this.beganAt + this.deadlineMs <= now;
  }

  /** `lagged`: the process's own event loop was blocked for more than a quarter of the time allowed. */
  abstract missed(now: number, lagged: boolean): void;
}

interface Appointment {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * All times of one guard behind one timer: deadlines, in a hashed wheel of doubly linked lists, so that adding
 * and removing are a few assignments; and the few appointments of its recovery. While something is awaited the
 * timer also samples how late it is called back, which tells a blocked event loop from a slow resource.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #slots: (Deadline | null)[] = new Array<Deadline | null>(slotCount).fill(null);
  readonly #fired = () => this.#fire();
  readonly #appointments = new Set<Appointment>();
  #count = 0;
  #doneTick = 0;
  #armedFor = 0;
  #disarm: (() => void) | null = null;
  #sampleMs = sampleMostMs;
  #lagMs = 0;
  #deferred = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(entry: Deadline, now: number, deadlineMs: number): void {
    entry.beganAt = now;
    entry.deadlineMs = deadlineMs;
    entry.lagBefore = this.#lagMs;
    const tick = Math.ceil((now + deadlineMs) / tickMs);
    const slot = tick % slotCount;
    const head = this.#slots[slot] ?? null;
    entry.slot = slot;
    entry.next = head;
    if (head !== null) head.previous = entry;
    this.#slots[slot] = entry;
    if (this.#count++ === 0) this.#doneTick = Math.floor(now / tickMs);
    if (deadlineMs < this.#sampleMs * 16) this.#sampleMs = Math.max(tickMs, deadlineMs / 16);
    this.#armBy(now, Math.min(tick * tickMs, now + this.#sampleMs));
  }

  /** Safe to repeat. */
  remove(entry: Deadline): void {
    if (entry.slot < 0) return;
    if (entry.previous === null) this.#slots[entry.slot] = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next !== null) entry.next.previous = entry.previous;
    entry.next = null;
    entry.previous = null;
    entry.slot = -1;
    this.#count--;
  }

  /** Calls back once; returns what cancels it. As `after` of a clock, without a timer of its own. */
  after(delayMs: number, callback: () => void): () => void {
    const now = this.#clock.now();
    const appointment = { at: now + delayMs, callback };
    this.#appointments.add(appointment);
    this.#armBy(now, appointment.at);
    return () => {
      this.#appointments.delete(appointment);
      if (this.#count > 0 || this.#appointments.size > 0) return;
      this.#disarm?.();
      this.#disarm = null;
    };
  }

  #armBy(now: number, at: number): void {
    if (this.#disarm !== null && at >= this.#armedFor) return;
    this.#disarm?.();
    this.#armedFor = at;
    this.#disarm = this.#clock.after(Math.max(1, Math.ceil(at - now)), this.#fired);
  }

  #fire(): void {
    const now = this.#clock.now();
    const lateMs = now - this.#armedFor;
    this.#disarm = null;
    if (this.#count === 0) this.#sampleMs = sampleMostMs;
    else {
      if (lateMs > lagFloorMs) this.#lagMs += lateMs;
      // Timers run before sockets are read: after a block the answers may already lie there.
      this.#deferred = lateMs > lagFloorMs && !this.#deferred;
      if (this.#deferred) this.#armBy(now, now + 1);
      else this.#expire(now);
    }
    for (const appointment of this.#appointments) {
      if (appointment.at > now) continue;
      this.#appointments.delete(appointment);
      appointment.callback();
    }
    const at = this.#nextAt(now);
    if (at !== Number.POSITIVE_INFINITY) this.#armBy(now, at);
  }

  #expire(now: number): void {
    const nowTick = Math.floor(now / tickMs);
    const expired: Deadline[] = [];
    for (let tick = Math.max(this.#doneTick + 1, nowTick - slotCount + 1); tick <= nowTick; tick++) {
      for (let entry = this.#slots[tick % slotCount] ?? null; entry !== null; entry = entry.next) {
        if (entry.isDue(now)) expired.push(entry);
      }
    }
    this.#doneTick = nowTick;
    for (const entry of expired) this.remove(entry);
    for (const entry of expired) {
      entry.missed(now, this.#lagMs - entry.lagBefore > entry.deadlineMs / 4);
    }
  }

  #nextAt(now: number): number {
    let at = this.#count === 0 ? Number.POSITIVE_INFINITY : now + this.#sampleMs;
    for (const appointment of this.#appointments) at = Math.min(at, appointment.at);
    if (this.#count === 0) return at;
    for (let tick = this.#doneTick + 1; tick * tickMs < at; tick++) {
      if (this.#slots[tick % slotCount] !== null) return tick * tickMs;
    }
    return at;
  }
}

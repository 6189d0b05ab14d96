import { isSick, protocolVersion, type Report, reportLimits } from '@prunella/protocol';
import { DirectiveLine } from './directive-line.ts';
import type { Member } from './member.ts';
import { type Counts, mergeConditions } from './merge.ts';
import type { ReporterParts } from './reporter-parts.ts';
import type { ReportingSettings } from './settings.ts';
import { type Answer, TokenFileError, Transport } from './transport.ts';

const coalesceMs = 20;
const backoffBaseMs = 500;
const goodbyeMostMs = 1_000;
/** A report a little before its time is due, and not at the same moment in a whole fleet. */
const heartbeatShare = { least: 0.75, spread: 0.2 };

/**
 * Says as state what this process's guards see. The newest state is built when it is sent, so that nothing
 * needs to be kept for a healer that is away.
 */
export class Reporter {
  readonly instance: string;
  readonly #settings: ReportingSettings;
  readonly #parts: ReporterParts;
  readonly #transport: Transport;
  readonly #directives: DirectiveLine;
  readonly #epoch: string;
  readonly #members: Set<Member>;
  readonly #retired: Map<string, Counts>;
  #sequence = 0;
  #failures = 0;
  #sending = false;
  #again = false;
  #said = false;
  #stopped = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(
    settings: ReportingSettings,
    parts: ReporterParts,
    members: Set<Member>,
    retired: Map<string, Counts>,
  ) {
    this.#settings = settings;
    this.#parts = parts;
    this.#members = members;
    this.#retired = retired;
    this.#epoch = parts.newId();
    this.instance = `${settings.service}/${settings.host ?? '-'}/${parts.newId().slice(0, 13)}`;
    this.#transport = new Transport(settings, parts.clock);
    this.#directives = new DirectiveLine({
      parts,
      transport: this.#transport,
      instance: this.instance,
      epoch: this.#epoch,
      obey: (directive) => {
        for (const member of members) if (member.resource === directive.resource) member.obey(directive);
      },
    });
    if (members.size > 0) this.changed();
  }

  changed(): void {
    if (this.#stopped) return;
    this.#directives.follow(this.#sick);
    // While the healer is away, many changes must not mean many tries.
    this.#plan(this.#failures === 0 ? coalesceMs : this.#longestBackoffMs);
  }

  /** Tells the healer that this process, or its last guard, is no more. Never rejects. */
  async goodbye(): Promise<void> {
    this.#directives.rest();
    this.#unplan();
    if (!this.#said) return;
    this.#said = false;
    const timeoutMs = Math.min(goodbyeMostMs, this.#settings.timeoutMs);
    await this.#post({ ...this.#report([]), goodbye: true }, timeoutMs, true).catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#directives.stop();
    await this.goodbye();
    this.#transport.close();
  }

  get #sick(): boolean {
    for (const member of this.#members) if (isSick(member.condition)) return true;
    return false;
  }

  get #heartbeatMs(): number {
    return this.#sick ? this.#settings.heartbeatSickMs : this.#settings.heartbeatOkMs;
  }

  /** Never further away than the next heartbeat would be. */
  get #longestBackoffMs(): number {
    return Math.min(this.#heartbeatMs, backoffBaseMs * 2 ** Math.min(this.#failures, 20));
  }

  #plan(delayMs: number): void {
    const at = this.#parts.clock.now() + delayMs;
    if (this.#stopped || at >= this.#dueAt) return;
    this.#cancel?.();
    this.#dueAt = at;
    this.#cancel = this.#parts.clock.after(delayMs, () => {
      this.#unplan();
      this.#send();
    });
  }

  #unplan(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  async #send(): Promise<void> {
    if (this.#sending) {
      this.#again = true;
      return;
    }
    if (this.#members.size === 0) return;
    this.#sending = true;
    this.#said = true;
    try {
      const answer = await this.#post(this.#report(), this.#settings.timeoutMs, false);
      this.#judge(answer);
      this.#failures = answer.status < 300 ? 0 : this.#failures + 1;
    } catch (error) {
      this.#failures++;
      this.#parts.warn(
        error instanceof TokenFileError
          ? error.message
          : `the healer at ${this.#transport.address} cannot be reached: ${String(error)}`,
      );
    }
    this.#sending = false;
    const again = this.#again;
    this.#again = false;
    if (this.#members.size === 0) return;
    if (this.#failures > 0) this.#plan(Math.max(coalesceMs, this.#parts.random() * this.#longestBackoffMs));
    else if (again) this.#plan(coalesceMs);
    else {
      const share = heartbeatShare.least + heartbeatShare.spread * this.#parts.random();
      this.#plan(this.#heartbeatMs * share);
    }
  }

  #report(conditions = this.#conditions()): Report {
    const { service, host } = this.#settings;
    return {
      protocol: protocolVersion,
      service,
      ...(host !== undefined && { host }),
      instance: this.instance,
      epoch: this.#epoch,
      sequence: ++this.#sequence,
      heartbeatMs: conditions.some((each) => isSick(each.condition))
        ? this.#settings.heartbeatSickMs
        : this.#settings.heartbeatOkMs,
      conditions,
    };
  }

  #conditions(): Report['conditions'] {
    const snapshots = [...this.#members].map((member) => member.snapshot());
    return mergeConditions(snapshots, this.#retired).slice(0, reportLimits.conditionsPerReport);
  }

  #post(report: Report, timeoutMs: number, urgent: boolean): Promise<Answer> {
    const body = { reports: [report] };
    return this.#transport.send({ method: 'POST', path: '/v1/reports', body, timeoutMs, urgent });
  }

  #judge({ status, body }: Answer): void {
    const { warn } = this.#parts;
    const at = this.#transport.address;
    if (status === 401 || status === 403) {
      warn(`the healer at ${at} refuses the token (status ${status}); give one with the role reporter`);
    } else if (status >= 300) warn(`the healer at ${at} refuses reports with status ${status}`);
    const { refused }: { refused?: unknown } = Object(body);
    if (!Array.isArray(refused)) return;
    for (const refusal of refused.slice(0, 3)) {
      const { code, reason }: { code?: unknown; reason?: unknown } = Object(refusal);
      // Overtaken by a newer one: nothing is lost.
      if (code === 'sequence-old') continue;
      warn(`the healer at ${at} refuses this process's report: ${String(reason).slice(0, 500)}`);
    }
  }
}

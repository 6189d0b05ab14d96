import { systemClock } from '../clock.ts';
import { registry } from '../registry.ts';
import { warnOnce } from '../warn.ts';
import type { Enrolment, Member } from './member.ts';
import { addCounts } from './merge.ts';
import type { ReportingOptions } from './options.ts';
import { Reporter } from './reporter.ts';
import { settleReporting } from './settings.ts';

const { members, retired } = registry;

/**
 * Says where this process reports to. Call it before guards are attached or at any later time; a later call
 * replaces the former. Without it the environment decides. Throws an `OptionError` for a wrong option.
 */
export function configureReporting(options: ReportingOptions): void {
  const next = make(options);
  registry.reporter?.stop();
  registry.reporter = next;
}

/**
 * Says goodbye to the healer, which then no longer counts this process as an observer; for an orderly exit.
 * Never rejects; takes at most about 1 s. Nothing is reported afterwards, until `configureReporting` is called.
 */
export async function sayGoodbye(): Promise<void> {
  const last = registry.reporter;
  registry.reporter = null;
  await last?.stop();
}

export function enrol(member: Member): Enrolment {
  members.add(member);
  if (registry.reporter === undefined) registry.reporter = fromEnvironment();
  registry.reporter?.changed();
  return {
    changed: () => registry.reporter?.changed(),
    async leave() {
      const { resource, successes, faults } = member.snapshot();
      members.delete(member);
      const before = retired.get(resource) ?? { successes: 0, faults: {} };
      retired.set(resource, addCounts(before, { successes, faults }));
      if (members.size === 0) await registry.reporter?.goodbye();
      else registry.reporter?.changed();
    },
  };
}

function fromEnvironment(): Reporter | null {
  try {
    return make({});
  } catch (error) {
    warnOnce(`nothing is reported to the healer, since the environment is wrong: ${String(error)}`);
    return null;
  }
}

function make(options: ReportingOptions): Reporter | null {
  const settings = settleReporting(options, process.env);
  if ('silent' in settings) {
    if (settings.silent !== null) warnOnce(settings.silent);
    return null;
  }
  const newId = () => crypto.randomUUID();
  return new Reporter(
    settings,
    { clock: systemClock, random: Math.random, newId, warn: warnOnce },
    members,
    retired,
  );
}

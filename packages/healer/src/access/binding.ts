import { matchesPattern } from '@prunella/core';
import type { Report } from '@prunella/protocol';
import type { Caller } from '../server/access.ts';
import { resourceNotSpokenFor } from '../server/spoken-for.ts';

/** What a reporter's token speaks for. An unbound one, and a person, speak for all. */
type Bound = Caller;

/** Why this token may not send this report; null where it may. */
export function reportProblem(bound: Bound, report: Report): string | null {
  const ofService = serviceProblem(bound, report.service);
  if (ofService !== null) return ofService;
  const isBound = bound.services !== null && bound.services !== undefined;
  if (isBound && !report.instance.startsWith(`${report.service}/`)) {
    return `the token of ${bound.name} is bound to services, so an instance must be named service/host/process: this one is ${report.instance}`;
  }
  for (const { resource } of report.conditions) {
    const ofResource = resourceNotSpokenFor(bound, resource);
    if (ofResource !== null) return ofResource;
  }
  return null;
}

/** Of the instance's name the first part is its service. */
export function instanceProblem(bound: Bound, instance: string): string | null {
  return serviceProblem(bound, instance.split('/', 1)[0] ?? '');
}

function serviceProblem({ name, services }: Bound, service: string): string | null {
  if (matches(services, service)) return null;
  return `the token of ${name} speaks for the services ${listOf(services)}, and not for ${service}: let an admin make one that does`;
}

function matches(patterns: readonly string[] | null | undefined, text: string): boolean {
  return (
    patterns === null || patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, text))
  );
}

function listOf(patterns: readonly string[] | null | undefined): string {
  return (patterns ?? []).join(', ') || 'none';
}

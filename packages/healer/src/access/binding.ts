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
  if (isBound && serviceIn(report.instance) !== report.service) {
    return `the token of ${bound.name} is bound to services, so an instance must be named service/host/process: this one is ${report.instance}`;
  }
  for (const { resource } of report.conditions) {
    const ofResource = resourceNotSpokenFor(bound, resource);
    if (ofResource !== null) return ofResource;
  }
  return null;
}

/** Why this token may not speak for an instance, by its name; null where it may. */
export function instanceProblem(bound: Bound, instance: string): string | null {
  return serviceProblem(bound, serviceIn(instance));
}

/**
 * Of an instance that is named service/host/process. The service itself may have slashes, so that one is not taken for
 * another whose name only begins like it.
 */
function serviceIn(instance: string): string {
  const parts = instance.split('/');
  return parts.length < 3 ? '' : parts.slice(0, -2).join('/');
}

function serviceProblem({ name, services }: Bound, service: string): string | null {
  if (matches(services, service)) return null;
  const what = service === '' ? 'what is not named service/host/process' : service;
  return `the token of ${name} speaks for the services ${listOf(services)}, and not for ${what}: let an admin make one that does`;
}

function matches(patterns: readonly string[] | null | undefined, text: string): boolean {
  return (
    patterns === null || patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, text))
  );
}

function listOf(patterns: readonly string[] | null | undefined): string {
  return (patterns ?? []).join(', ') || 'none';
}

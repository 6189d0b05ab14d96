/**
 * What a fault is, after classification of a driver's error.
 *
 * `caller` (the caller's own bad query) and `local` (own event loop blocked, own pool starved, DNS of this
 * host, out of file handles) are counted but never change a condition and never open an incident.
 */
export const faultKinds = [
  'unreachable',
  'timeout',
  'overloaded',
  'starting',
  'not-primary',
  'auth',
  'corrupt',
  'resource-exhausted',
  'caller',
  'local',
  'unknown',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Faults that say nothing about the resource: its own caller's or its own host's doing. */
export function blamesResource(kind: FaultKind): boolean {
  return kind !== 'caller' && kind !== 'local';
}

export function isFaultKind(value: unknown): value is FaultKind {
  return typeof value === 'string' && (faultKinds as readonly string[]).includes(value);
}

import type { Monitor, Reaction } from './model.ts';

/** A few monitors with one reaction each, for the demonstration and for trying out. */
export function sampleMonitors(count: number): readonly Monitor[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `web-${index + 1}`;
    return { id, status: 'healthy', failcount: 0, since: 0, reactions: [`tell-${id}`] };
  });
}

export function sampleReactions(
  monitors: readonly Monitor[],
  settings: Pick<Reaction, 'trigger' | 'frequency'>,
): readonly Reaction[] {
  return monitors.flatMap((monitor) =>
    monitor.reactions.map((id) => ({
      id,
      ...settings,
      call_on: ['failed'] as const,
      run: { type: 'log' } as const,
      lastrun: 0,
    })),
  );
}

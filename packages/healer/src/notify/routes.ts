import { matchesPattern } from '@prunella/core';
import type {
  ChannelConfiguration,
  NotificationsConfiguration,
  RouteConfiguration,
} from './configuration.ts';
import type { Notice, NoticeKind } from './notice.ts';

/**
 * The channels that are told of a notice, each once. `hasTold`: whether a channel was told of the incident, or is
 * about to be; who heard that something is broken must hear that it is well again, and of a suspicion nobody else.
 */
export function channelsFor(
  notice: Notice,
  { channels, routes }: Pick<NotificationsConfiguration, 'channels' | 'routes'>,
  hasTold: (channel: string, incident: string) => boolean,
): readonly string[] {
  const { incident, kind } = notice;
  return Object.entries(channels).flatMap(([name, channel]) => {
    if (kind === 'recovered' && incident !== null && hasTold(name, incident)) return [name];
    if (notice.event === 'suspicion-ended') return [];
    const isTold =
      routes === undefined
        ? wantedByDefault(channel, kind)
        : routes.some((route) => route.to.includes(name) && fits(route, channel, notice));
    return isTold ? [name] : [];
  });
}

/** Whether a resource's questions reach anybody. */
export function hearsOf(
  kind: NoticeKind,
  about: Pick<Notice, 'resource' | 'labels' | 'playbook'>,
  configuration: Pick<NotificationsConfiguration, 'channels' | 'routes'>,
): boolean {
  const { channels, routes } = configuration;
  if (routes === undefined) return Object.values(channels).some((channel) => wantedByDefault(channel, kind));
  return routes.some((route) =>
    route.to.some((name) => {
      const channel = channels[name];
      return channel !== undefined && fits(route, channel, { ...about, kind });
    }),
  );
}

function fits(
  route: RouteConfiguration,
  channel: ChannelConfiguration,
  notice: Pick<Notice, 'kind' | 'resource' | 'labels' | 'playbook'>,
): boolean {
  const { events, resources, playbooks, labels } = route;
  const { kind, resource, playbook } = notice;
  const isWanted =
    events === undefined ? wantedByDefault(channel, kind) : kind === 'test' || events.includes(kind);
  if (!isWanted) return false;
  if (resource === null) return true;
  if (resources !== undefined && !resources.some((each) => matchesPattern(each, resource))) return false;
  if (playbooks !== undefined && !playbooks.some((each) => matchesPattern(each, playbook ?? '')))
    return false;
  return Object.entries(labels ?? {}).every(([label, values]) => {
    const value = Object.hasOwn(notice.labels, label) ? notice.labels[label] : undefined;
    return value !== undefined && [values].flat().includes(value);
  });
}

/** A mail for each attempt is one too many; in Slack they stand in the thread, and programs may want them. */
const leftOut: Readonly<Record<string, readonly NoticeKind[]>> = { email: ['attempt'] };

function wantedByDefault({ type }: ChannelConfiguration, kind: NoticeKind): boolean {
  return leftOut[type]?.includes(kind) !== true;
}

import { z } from 'zod';
import type { Sent } from '../../notify/channel.ts';
import type { Delivery } from '../../notify/delivery/delivery-store.ts';
import type { ChannelStatus } from '../../notify/delivery/health.ts';
import type { DeliveryQuery } from '../../notify/notifier.ts';
import { Cursors, pageQuery } from '../paging.ts';
import { RequestProblem } from '../problem.ts';
import { nameText } from '../read-request.ts';
import type { AddRoute, RouteDeclaration } from '../route.ts';

/** Who tells people, as the server sees it. */
export interface NotificationDesk {
  status(): readonly ChannelStatus[];
  deliveries(query: DeliveryQuery): readonly Delivery[];
  /** Null where there is no such channel. */
  test(channel: string, by: string): Promise<Sent | null>;
}

const listNotifications = {
  id: 'listNotifications',
  method: 'GET',
  path: '/v1/notifications',
  summary: 'How each channel to people does, and what was delivered by it',
  role: 'viewer',
  query: z.strictObject({
    channel: nameText.optional(),
    state: z.enum(['waiting', 'delivered', 'given-up', 'dropped']).optional(),
    ...pageQuery(100),
  }),
  answer: { status: 200, shape: 'Notifications', description: 'All channels, and deliveries, newest first.' },
} as const satisfies RouteDeclaration;

const testChannel = {
  id: 'testNotificationChannel',
  method: 'POST',
  path: '/v1/notifications/:channel/test',
  summary: 'Sends a message by a channel now, to see whether it works',
  role: 'operator',
  params: z.object({ channel: nameText }),
  answer: { status: 200, shape: 'NotificationTest', description: 'What became of it.' },
  problems: ['not-found'],
} as const satisfies RouteDeclaration;

const cursors = new Cursors('notifications', z.strictObject({ before: z.int().positive() }));

export function notificationRoutes(add: AddRoute, desk: () => NotificationDesk | null): void {
  add(listNotifications, ({ query: { channel, state, cursor, limit } }) => {
    const present = desk();
    const before = cursor === undefined ? undefined : cursors.read(cursor).before;
    const found = present?.deliveries({ channel, state, before, limit: limit + 1 }) ?? [];
    const { rows, ...rest } = cursors.page(found, limit, ({ row }) => ({ before: row }));
    return { channels: present?.status() ?? [], items: rows.map(deliveryView), ...rest };
  });

  add(testChannel, async ({ params: { channel }, caller }) => {
    const sent = (await desk()?.test(channel, caller?.name ?? 'somebody')) ?? null;
    if (sent === null) {
      const known =
        desk()
          ?.status()
          .map((each) => each.channel) ?? [];
      const list = known.length === 0 ? 'none is configured' : `there are ${known.join(', ')}`;
      throw new RequestProblem('not-found', `there is no channel ${channel}: ${list}`);
    }
    return { delivered: sent.sent, problem: sent.sent ? null : sent.why };
  });
}

/** Those who look at what is wrong must see that others are not told of it. */
export function deadChannels(desk: NotificationDesk | null) {
  const dead = desk?.status().filter(({ state }) => state === 'dead') ?? [];
  return dead.map(({ channel, failingSince, lastError, waiting }) => ({
    channel,
    since: failingSince,
    error: lastError,
    waiting,
  }));
}

function deliveryView({ channel, state, notice, queuedAt, attempts, error, endedAt }: Delivery) {
  const { id, kind, resource, incident, text, at } = notice;
  return { id, channel, state, kind, resource, incident, text, at, queuedAt, attempts, error, endedAt };
}

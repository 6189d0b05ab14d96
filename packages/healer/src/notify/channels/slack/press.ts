import { z } from 'zod';

const pressedActions = ['approve', 'reject', 'pause', 'resume'] as const;
export type PressedAction = (typeof pressedActions)[number];

/** What a button bears; made by `blocks.ts` and given back by Slack. */
export interface ButtonValue {
  readonly resource: string;
  readonly incident: string;
  /** For approve and reject. */
  readonly attempt?: string;
}

/** Somebody pressed a button. */
export interface Press extends ButtonValue {
  readonly action: PressedAction;
  readonly user: string;
  /** The message that bears the button. */
  readonly channel: string;
  readonly ts: string;
}

const buttonValue = z.object({
  resource: z.string().max(500),
  incident: z.string().max(600),
  attempt: z.string().max(700).exactOptional(),
});

/** Of a block_actions payload (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
const payload = z.looseObject({
  type: z.literal('block_actions'),
  user: z.looseObject({ id: z.string().min(1).max(50) }),
  container: z.looseObject({ channel_id: z.string().max(50), message_ts: z.string().max(50) }),
  actions: z
    .array(z.looseObject({ action_id: z.string().max(255), value: z.string().max(2_000).optional() }))
    .min(1),
});

/** Null: it is no press of a button that orders something, such as one that only opens a page. */
export function readPress(body: string): Press | null {
  const text = new URLSearchParams(body).get('payload');
  const read = payload.safeParse(text === null ? null : parsed(text));
  if (!read.success) return null;
  const { user, container, actions } = read.data;
  const [first] = actions;
  const action = pressedActions.find((each) => first?.action_id === `prunella.${each}`);
  const value = buttonValue.safeParse(parsed(first?.value ?? ''));
  if (action === undefined || !value.success) return null;
  return { action, user: user.id, channel: container.channel_id, ts: container.message_ts, ...value.data };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

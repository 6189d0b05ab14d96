import { z } from 'zod';

/** Of one request; further ones are told of, and not taken. */
export const alertsInRequest = 1_000;

const text = z.string().max(10_000);
const texts = z.record(z.string().max(1_000), text).catch({});

const alert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: z.record(z.string().max(1_000), text),
  annotations: texts,
  startsAt: z.string().max(100),
  endsAt: z.string().max(100).catch(''),
  generatorURL: text.catch(''),
  /** Of its labels; releases before 0.19 send none. */
  fingerprint: z.string().max(200).optional(),
});

/**
 * The body of Alertmanager's webhook, version 4
 * (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config). What is not asked for is left out,
 * so that newer releases may say more.
 */
export const alertmanagerPayload = z.object({
  version: z.literal('4', 'this is no webhook of Alertmanager, version 4'),
  receiver: text.catch(''),
  /** Alerts of the group that `max_alerts` left out. */
  truncatedAlerts: z.int().min(0).catch(0),
  alerts: z.array(z.unknown()),
});

export type Alert = z.output<typeof alert>;

/** One alert; each is read for itself, so that a broken one costs only itself. */
export function readAlert(value: unknown): Alert | { readonly wrong: string } {
  const read = alert.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  return { wrong: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not readable'}` };
}

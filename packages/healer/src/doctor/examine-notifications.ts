import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../configuration/configuration.ts';
import { deliveriesFileName } from '../notify/delivery/delivery-store.ts';
import { type Finding, messageOf, well } from './finding.ts';

const check = 'notifications';

/** Whether people are told: what waits for each channel, by the file that the healer keeps of it. */
export async function examineNotifications(
  configuration: Configuration,
  now: () => number,
): Promise<readonly Finding[]> {
  const channels = Object.keys(configuration.notifications.channels);
  if (channels.length === 0) {
    return [
      {
        check,
        state: 'warning',
        what: 'nobody is told when something breaks or needs a person',
        why: 'no channel stands under `notifications:` in prunella.yaml',
        remedy: 'add one: e-mail, Slack or a webhook; `prunella notifications test CHANNEL` tries it',
      },
    ];
  }
  const path = join(configuration.store.folder, deliveriesFileName);
  try {
    await stat(path);
  } catch {
    return [well(check, `nothing was told yet by ${channels.join(', ')}`)];
  }
  try {
    const waiting = await readWaiting(path);
    const stuck = channels.flatMap((name) => waiting.get(name) ?? []);
    if (stuck.length > 0) return stuck.map((each) => stuckFinding(each, now()));
    return [well(check, `nothing that failed waits for ${channels.join(', ')}`)];
  } catch (error) {
    return [
      {
        check,
        state: 'unknown',
        what: `${path} cannot be read: ${messageOf(error)}`,
        why: 'what waits to be told lies there',
        remedy: 'run this as the user of the healer',
      },
    ];
  }
}

interface Stuck {
  readonly channel: string;
  readonly count: number;
  readonly oldest: number;
  readonly error: string;
}

async function readWaiting(path: string): Promise<ReadonlyMap<string, Stuck>> {
  const sqlite = await import('node:sqlite');
  const database = new sqlite.DatabaseSync(path, { readOnly: true });
  try {
    const rows = database
      .prepare(
        "SELECT channel, count(*) AS count, min(queued_at) AS oldest, max(error) AS error FROM deliveries WHERE state = 'waiting' AND attempts > 0 GROUP BY channel",
      )
      .all();
    return new Map(
      rows.map((row) => {
        const channel = String(row['channel']);
        const { count, oldest, error } = row;
        return [channel, { channel, count: Number(count), oldest: Number(oldest), error: String(error) }];
      }),
    );
  } finally {
    database.close();
  }
}

function stuckFinding({ channel, count, oldest, error }: Stuck, now: number): Finding {
  const minutes = Math.max(0, Math.round((now - oldest) / 60_000));
  return {
    check,
    state: 'problem',
    what: `the channel ${channel} does not deliver: ${count} waiting, the oldest for ${minutes} min`,
    why: error,
    remedy: `mend it, and try it with \`prunella notifications test ${channel}\`; what waits is sent by itself`,
  };
}

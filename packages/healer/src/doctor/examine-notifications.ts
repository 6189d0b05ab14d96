import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Configuration } from '../configuration/configuration.ts';
import { channelGone, deliveriesFileName } from '../notify/delivery/delivery-store.ts';
import { refusalsOfMessages } from '../notify/delivery/health.ts';
import { type Finding, messageOf, well } from './finding.ts';

const check = 'notifications';
const dayMs = 86_400_000;

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
    const { waiting, refused } = await readDeliveries(path, now() - dayMs);
    const found = channels.flatMap((name) => {
      const [stuck, lost] = [waiting.get(name), refused.get(name)];
      if (stuck !== undefined) return [stuckFinding(stuck, now())];
      return lost === undefined ? [] : [refusedFinding(lost)];
    });
    if (found.length > 0) return found;
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

/** Of which nothing was taken since. */
interface Refused {
  readonly channel: string;
  readonly count: number;
  readonly newest: number;
  readonly error: string;
}

async function readDeliveries(path: string, since: number) {
  const sqlite = await import('node:sqlite');
  const database = new sqlite.DatabaseSync(path, { readOnly: true });
  try {
    const rows = database
      .prepare(
        "SELECT channel, count(*) AS count, min(queued_at) AS oldest, max(error) AS error FROM deliveries WHERE state = 'waiting' AND attempts > 0 GROUP BY channel",
      )
      .all();
    const lost = database
      .prepare(
        `WITH taken AS (
           SELECT channel, max(ended_at) AS at FROM deliveries WHERE state = 'delivered' GROUP BY channel
         )
         SELECT channel, count(*) AS count, max(ended_at) AS newest, error
           FROM deliveries LEFT JOIN taken USING (channel)
           WHERE state = 'given-up' AND ended_at > ? AND ended_at > coalesce(taken.at, 0) AND error <> ?
           GROUP BY channel HAVING count(*) > ?`,
      )
      .all(since, channelGone, refusalsOfMessages);
    return {
      waiting: new Map(
        rows.map((row): [string, Stuck] => {
          const channel = String(row['channel']);
          const { count, oldest, error } = row;
          return [channel, { channel, count: Number(count), oldest: Number(oldest), error: String(error) }];
        }),
      ),
      refused: new Map(
        lost.map((row): [string, Refused] => {
          const channel = String(row['channel']);
          const { count, newest, error } = row;
          return [channel, { channel, count: Number(count), newest: Number(newest), error: String(error) }];
        }),
      ),
    };
  } finally {
    database.close();
  }
}

function refusedFinding({ channel, count, newest, error }: Refused): Finding {
  return {
    check,
    state: 'warning',
    what: `the newest ${count} notices for the channel ${channel} were given up, the last at ${new Date(newest).toISOString()}`,
    why: error,
    remedy: `try it with \`prunella notifications test ${channel}\`; \`prunella notifications --channel ${channel} --state given-up\` lists what nobody was told`,
  };
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

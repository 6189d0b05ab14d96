import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectStore, type StoreInspection } from '../store/inspect-store.ts';
import { databaseFileName } from '../store/sqlite-store.ts';
import { StoreError } from '../store/store-error.ts';
import { type Finding, messageOf, well } from './finding.ts';

/** Entries of the log that may be that much ahead of the clock: two processes never read it at one moment. */
const clockSlackMs = 5_000;

/** The folder, the file, and what the file says of the clock. */
export async function examineStore(folder: string, now: () => number): Promise<readonly Finding[]> {
  const place = await examineFolder(folder);
  if (place === null) {
    return [well('store-folder', `${folder} is not there yet: the first start makes it`)];
  }
  const path = join(folder, databaseFileName);
  if (!(await exists(path))) {
    return [...place, well('store-integrity', `${path} is not there yet: the first start makes it`)];
  }
  try {
    const inspection = await inspectStore(path);
    return [...place, integrity(path, inspection), ...audit(path, inspection), clock(inspection, now())];
  } catch (error) {
    return [...place, unusable(error)];
  }
}

/** Null where it does not exist. */
async function examineFolder(folder: string): Promise<readonly Finding[] | null> {
  const check = 'store-folder';
  let facts: Awaited<ReturnType<typeof stat>>;
  try {
    facts = await stat(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    return [{ check, state: 'problem', what: messageOf(error), ...unreachableFolder }];
  }
  if (!facts.isDirectory()) {
    return [{ check, state: 'problem', what: `${folder} is no folder`, ...unreachableFolder }];
  }
  const isWritable = await access(folder, constants.W_OK | constants.X_OK | constants.R_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) {
    return [{ check, state: 'problem', what: `this user cannot write into ${folder}`, ...unreachableFolder }];
  }
  const open = facts.mode & 0o077;
  if (open === 0) return [well(check, `${folder} belongs to its user alone`)];
  return [
    {
      check,
      state: 'warning',
      what: `other users of this machine can look into ${folder} (mode ${(facts.mode & 0o777).toString(8)})`,
      why: 'the tokens are in there, and the local socket, at which everything is allowed',
      remedy: `chmod 700 ${folder}`,
    },
  ];
}

const unreachableFolder = {
  why: 'the healer does nothing that it cannot write down first, so it does not start',
  remedy: 'give the folder to the user who runs the healer, run `doctor` as that user, or name another one',
} as const;

function integrity(path: string, inspection: StoreInspection): Finding {
  const { damages, schema, installation, events, bytes } = inspection;
  const check = 'store-integrity';
  const [first] = damages;
  if (first !== undefined) {
    return {
      check,
      state: 'problem',
      what: `${path} is damaged: ${first}${damages.length > 1 ? ` (and ${damages.length - 1} more)` : ''}`,
      why: 'a disk, a file system or another program has changed it; what it says cannot be relied on',
      remedy: 'stop the healer, and restore the newest backup with `prunella restore FILE`',
    };
  }
  const mebibytes = (bytes / 1024 / 1024).toFixed(1);
  return well(
    check,
    `${path} is whole: schema ${schema}, ${events} entries in its log, ${mebibytes} MiB, of the installation ${installation}`,
  );
}

/** The chain is followed to its end; where the file itself is damaged nothing more is said. */
function audit(path: string, { audit }: StoreInspection): readonly Finding[] {
  const check = 'audit';
  if (audit === null) return [];
  const [first] = audit.damages;
  if (first !== undefined) {
    return [
      {
        check,
        state: 'problem',
        what: `the audit in ${path} was changed from outside: ${first}${audit.damages.length > 1 ? ` (and ${audit.damages.length - 1} more)` : ''}`,
        why: 'the healer only adds to it, and each entry holds the hash of the one before',
        remedy:
          'compare it with the audit in a backup (`prunella audit --json`), and find out who can write the file',
      },
    ];
  }
  const { head, entries } = audit;
  const end = head === null ? '' : `; the last is ${head.sequence}, ${head.hash.slice(0, 16)}`;
  return [well(check, `the audit hangs together: ${entries} entries${end}`)];
}

function clock({ newestAt }: StoreInspection, now: number): Finding {
  const check = 'clock';
  if (newestAt === null || newestAt <= now + clockSlackMs) {
    return well(check, `it is ${new Date(now).toISOString()} here, later than everything in the log`);
  }
  return {
    check,
    state: 'problem',
    what: `the log has an entry of ${new Date(newestAt).toISOString()}, and here it is ${new Date(now).toISOString()}`,
    why: 'the clock was set back: limits and cooldowns count from times that are yet to come, so steps wait too long',
    remedy: 'set the clock right, and let a time service keep it (chrony, systemd-timesyncd)',
  };
}

function unusable(error: unknown): Finding {
  const isNewer = error instanceof StoreError && error.code === 'store-newer';
  return {
    check: 'store-integrity',
    state: 'problem',
    what: messageOf(error),
    why: isNewer
      ? 'an older version could misread what a newer one wrote'
      : 'the healer does not start on a store that it cannot read',
    remedy: isNewer
      ? 'start the version that wrote it, or take its store back with `prunella migrate`'
      : 'restore the newest backup with `prunella restore FILE`, or name another folder',
  };
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

import { configureReporting, sayGoodbye } from '@prunella/guard';
import { help, readOptions } from './options.ts';
import { runActioner } from './run.ts';
import { tellJson, tellPeople } from './tell.ts';
import { untilAskedToEnd } from './until-asked-to-end.ts';

/** The actioner as a process of its own; a healer elsewhere repairs the database. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(help);
    return;
  }
  const { heartbeatSickMs, heartbeatOkMs } = options;
  configureReporting({ service: 'actioner', heartbeatSickMs, heartbeatOkMs });
  const actioner = await runActioner(
    options,
    options.json ? tellJson(process.stdout) : tellPeople(process.stdout),
  );
  await untilAskedToEnd();
  await actioner.stop();
  await sayGoodbye();
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof TypeError ? error.message : String(error)}\n`);
  process.exitCode = 2;
});

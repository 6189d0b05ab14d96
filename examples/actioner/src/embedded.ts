import { sayGoodbye } from '@prunella/guard';
import { startHealer } from 'prunella';
import { help, readOptions } from './options.ts';
import { runActioner } from './run.ts';
import { tellJson, tellPeople } from './tell.ts';
import { untilAskedToEnd } from './until-asked-to-end.ts';

/**
 * The other form: the healer inside the actioner, as in the article, and no server. Of all actioners on this
 * host that share the store one heals, the others report to it, and one of them takes over when it is gone.
 */
async function main(): Promise<void> {
  const [configurationFile, ...args] = process.argv.slice(2);
  const options = readOptions(args);
  if (options === null || configurationFile === undefined) {
    process.stdout.write(
      `${help}\nThe configuration of the healer goes first: node src/embedded.ts prunella.yaml --results …\n`,
    );
    return;
  }
  const tell = options.json ? tellJson(process.stdout) : tellPeople(process.stdout);
  const { heartbeatSickMs, heartbeatOkMs } = options;
  const healer = await startHealer({
    configurationFile,
    server: false,
    reporting: { service: 'actioner', heartbeatSickMs, heartbeatOkMs },
    onEvent: (event) => {
      if (event.type === 'role') tell({ type: 'healer', role: event.role });
      if (event.type === 'notification') tell({ type: 'notification', text: event.notification.text });
    },
  });
  tell({ type: 'healer', role: healer.role });
  const actioner = await runActioner(options, tell);
  await untilAskedToEnd();
  await actioner.stop();
  await sayGoodbye();
  await healer.stop();
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});

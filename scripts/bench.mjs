// `npm run bench -- SUITE`: needs nothing but Node; brings the packages, then starts bench/main.ts on Node 24.
import { failWith, inherit, node24, prepareNodeModules } from './setup/node-modules.mjs';

try {
  const environment = await prepareNodeModules();
  const { code, signal } = await inherit(
    node24,
    [
      '--conditions=prunella-source',
      '--disable-warning=ExperimentalWarning',
      'bench/main.ts',
      ...process.argv.slice(2),
    ],
    { environment },
  );
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
} catch (error) {
  failWith(error);
}

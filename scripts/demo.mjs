// `npm run demo`: needs nothing but Node; brings the packages, then starts demo/main.ts on Node 24.
import { failWith, inherit, node24, prepareNodeModules } from './setup/node-modules.mjs';

try {
  const environment = await prepareNodeModules();
  const { code, signal } = await inherit(
    node24,
    [
      '--conditions=prunella-source',
      '--disable-warning=ExperimentalWarning',
      'demo/main.ts',
      ...process.argv.slice(2),
    ],
    { environment },
  );
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
} catch (error) {
  failWith(error);
}

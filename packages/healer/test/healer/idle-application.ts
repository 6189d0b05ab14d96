// An application with a healer inside that has nothing to do once its input ends: `node idle-application.ts FOLDER`.
import { join } from 'node:path';
import { startHealer } from '../../src/healer/start-healer.ts';

const [folder = ''] = process.argv.slice(2);

const healer = await startHealer({ configurationFile: join(folder, 'prunella.yaml'), server: false });
process.stdout.write(`${healer.socket}\n`);
process.stdin.resume();

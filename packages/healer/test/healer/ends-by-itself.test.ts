import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { afterwards, workshop } from './workshop.ts';

const program = fileURLToPath(new URL('./idle-application.ts', import.meta.url));

test.each(['/v1/presence', '/v1/directives?instance=a/b/c&waitMs=50000'])(
  'a healer inside an application does not keep it alive for a request that is open: %s',
  async (path) => {
    const { folder } = workshop({ configuration: '{}\n' });
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, ['--conditions=prunella-source', program, folder], {
      env: { PATH },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    afterwards(() => {
      child.kill('SIGKILL');
    });
    const [socket] = await once(createInterface({ input: child.stdout }), 'line');
    const socketPath = String(socket).replace(/^unix:/, '');
    const call = request({ socketPath, path, agent: false });
    const open = once(call, path === '/v1/presence' ? 'response' : 'finish');
    call.on('error', () => {});
    call.end();
    await open;
    child.stdin.end();
    const late = new Promise((resolve) => setTimeout(resolve, 10_000, 'it still runs').unref());
    expect(await Promise.race([exit, late])).toEqual([0, null]);
  },
  30_000,
);

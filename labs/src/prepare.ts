// Brings the real parts that `npm test` needs, telling what it does. Exit status 1 where one is missing.
import { ensureChromium } from './chromium.ts';
import { ensureDebianPackage } from './debian-package.ts';
import { findBinary } from './find-binary.ts';
import { hasPostgresql } from './postgres.ts';
import { ensurePrometheus } from './prometheus.ts';
import { ensureRedis } from './redis.ts';
import { installSalt } from './salt/environment.ts';
import { ensureSchemathesis } from './schemathesis.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());

const say = (line: string) => process.stderr.write(`${line}\n`);
const missing: string[] = [];

if ((await ensureRedis(say)) === null) missing.push('redis-server');
if (!hasPostgresql()) {
  await ensureDebianPackage('postgresql', say);
  if (!hasPostgresql()) missing.push("PostgreSQL's own server");
}
// The shells are for completion, which is tried in each of them.
for (const program of ['strace', 'zsh', 'fish']) {
  if (findBinary(program) === null && !(await ensureDebianPackage(program, say))) missing.push(program);
}
if (!(await ensurePrometheus(say))) missing.push('Prometheus and its Alertmanager');
if ((await ensureChromium(say)) === null) missing.push('chromium');
if (ensureSchemathesis(say) === null) missing.push('schemathesis');
try {
  await installSalt(undefined, ({ message }) => say(message), { signal: interrupted.signal });
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  missing.push('Salt');
}

if (missing.length > 0) {
  say(`Not to be had on this machine: ${missing.join(', ')}. Tests that need it are listed as not run.`);
  process.exitCode = 1;
}

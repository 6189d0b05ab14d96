import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { logFile, minionEtc, minionRoot, type SaltLayout, supervisorFile } from './layout.ts';
import type { SupervisedService } from './options.ts';

const runFile = promisify(execFile);

/** Supervisor gives each program a session of its own; this ties it to supervisor's life, also after SIGKILL. */
const launcherScript = `import ctypes, os, signal, sys
if sys.platform.startswith("linux"):
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == 1:
        sys.exit("supervisor is gone")
os.execvp(sys.argv[1], sys.argv[1:])
`;

/** `autorestart=false`: restarting is Prunella's to decide, so nothing else may do it. */
export async function writeSupervisor(
  layout: SaltLayout,
  id: string,
  services: readonly SupervisedService[],
  binFolder: string,
): Promise<void> {
  const launcher = join(minionEtc(layout, id), 'launch.py');
  await mkdir(minionRoot(layout, id), { recursive: true });
  await writeFile(launcher, launcherScript);
  const socket = join(layout.socketFolder, `${id.slice(0, 20)}.sv`);
  const programs = services.map((service) => program(layout, service, [join(binFolder, 'python'), launcher]));
  await writeFile(
    supervisorFile(layout, id),
    `[unix_http_server]
file=${socket}
chmod=0700
[supervisord]
nodaemon=true
${process.getuid?.() === 0 ? 'user=root' : ''}
logfile=${escapePercent(logFile(layout, `${id}-supervisor`))}
pidfile=${escapePercent(join(minionRoot(layout, id), 'supervisord.pid'))}
childlogdir=${escapePercent(join(layout.folder, 'log'))}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${socket}
${programs.join('')}`,
  );
}

function program(layout: SaltLayout, service: SupervisedService, launcher: readonly string[]): string {
  const command = [...launcher, service.command, ...service.parameters].map(quote).join(' ');
  const environment = Object.entries(service.environment ?? {})
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(',');
  return `[program:${service.name}]
command=${escapePercent(command)}
directory=${escapePercent(service.folder ?? layout.folder)}
${environment === '' ? '' : `environment=${escapePercent(environment)}`}
autostart=${service.autostart ?? true}
autorestart=false
startsecs=1
stopwaitsecs=5
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile=${escapePercent(logFile(layout, `${service.minion}-${service.name}`))}
`;
}

function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function escapePercent(value: string): string {
  return value.replaceAll('%', '%%');
}

export interface ServiceState {
  /** Supervisor's word: `RUNNING`, `EXITED`, `STOPPED`, `STARTING`, `FATAL` … */
  readonly state: string;
  readonly pid: number | null;
}

export async function serviceState(
  layout: SaltLayout,
  id: string,
  name: string,
  binFolder: string,
): Promise<ServiceState> {
  const supervisorctl = join(binFolder, 'supervisorctl');
  const parameters = ['-c', supervisorFile(layout, id), 'status', name];
  // Its exit status says whether the service runs; what it prints says the rest.
  const output = await runFile(supervisorctl, parameters, { timeout: 10_000 }).then(
    (finished) => finished.stdout,
    (error: unknown) => (error instanceof Error && 'stdout' in error ? String(error.stdout) : ''),
  );
  const found = /^\S+\s+([A-Z]+)(?:\s+pid (\d+))?/.exec(output);
  if (!found) throw new Error(`supervisor on ${id} does not tell the state of ${name}: ${output.trim()}`);
  return { state: found[1] ?? '', pid: found[2] === undefined ? null : Number(found[2]) };
}

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { logFile, masterEtc, minionEtc, minionRoot, type SaltLayout, supervisorFile } from './layout.ts';
import type { AllowedFunction, SaltLabOptions, SupervisedService } from './options.ts';

/** Prunella's own Salt side: a file root with the formula and the modules. */
export const formulaFolder = resolve(import.meta.dirname, '../../../salt');

/** YAML contains JSON, so configuration is written as JSON. */
async function writeConfiguration(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}

export interface LabSecrets {
  readonly api: string;
  readonly hook: string;
}

export async function writeMaster(
  layout: SaltLayout,
  options: SaltLabOptions,
  secrets: LabSecrets,
): Promise<void> {
  const etc = masterEtc(layout);
  const root = join(layout.folder, 'master');
  await mkdir(etc, { recursive: true });
  await mkdir(join(layout.folder, 'log'), { recursive: true });
  if (options.keyOf !== undefined) await copyMasterKey(options.keyOf, layout.folder);
  const pillarFolder = join(layout.folder, 'pillar');
  await writePillar(pillarFolder, options.pillar ?? {});
  const hooks = (options.mode ?? 'both') !== 'api';
  await writeConfiguration(join(etc, 'master'), {
    root_dir: root,
    conf_file: join(etc, 'master'),
    sock_dir: join(layout.socketFolder, 'm'),
    user: userInfo().username,
    interface: '127.0.0.1',
    publish_port: layout.ports.publish,
    ret_port: layout.ports.request,
    auto_accept: true,
    keysize: 2048,
    worker_threads: 3,
    timeout: 5,
    gather_job_timeout: 5,
    log_file: logFile(layout, 'master'),
    log_level: 'warning',
    log_level_logfile: 'warning',
    enable_ssh_minions: false,
    file_roots: { base: [...(options.fileRoots ?? []), formulaFolder] },
    pillar_roots: { base: [pillarFolder] },
    netapi_enable_clients: ['local', 'local_async', 'runner', 'runner_async', 'wheel'],
    sharedsecret: secrets.api,
    external_auth: {
      sharedsecret: {
        healer: options.externalAuth ?? ['.*', '@runner', '@jobs'],
        lab: ['.*', '@runner', '@wheel', '@jobs'],
      },
    },
    rest_cherrypy: {
      port: layout.ports.api,
      host: '127.0.0.1',
      disable_ssl: true,
      thread_pool: 20,
      ...(hooks ? { webhook_disable_auth: true } : {}),
    },
    ...(hooks
      ? {
          reactor: [
            { 'salt/netapi/hook/states/*': [join(formulaFolder, 'prunella/reactor/hook.sls')] },
            { 'salt/netapi/hook/services/*': [join(formulaFolder, 'prunella/reactor/hook.sls')] },
          ],
          prunella: {
            hooks: {
              secret: secrets.hook,
              targets: options.hookTargets ?? ['*'],
              services: options.hookServices ?? (options.services ?? []).map((service) => service.name),
            },
          },
        }
      : {}),
    ...options.masterConfiguration,
  });
}

async function copyMasterKey(from: string, to: string): Promise<void> {
  const keys = 'master/etc/salt/pki/master';
  await mkdir(join(to, keys), { recursive: true });
  for (const name of ['master.pem', 'master.pub'])
    await copyFile(join(from, keys, name), join(to, keys, name));
}

async function writePillar(folder: string, pillar: NonNullable<SaltLabOptions['pillar']>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const top: Record<string, string[]> = {};
  for (const [index, [target, data]] of Object.entries(pillar).entries()) {
    const name = `data${index}`;
    top[target] = [name];
    await writeFile(join(folder, `${name}.sls`), `#!json\n${JSON.stringify(data)}\n`);
  }
  await writeFile(join(folder, 'top.sls'), `#!json\n${JSON.stringify({ base: top })}\n`);
}

export async function writeMinion(layout: SaltLayout, options: SaltLabOptions, id: string): Promise<void> {
  const etc = minionEtc(layout, id);
  await mkdir(etc, { recursive: true });
  const services = (options.services ?? []).filter((service) => service.minion === id);
  await writeConfiguration(join(etc, 'minion'), {
    root_dir: minionRoot(layout, id),
    conf_file: join(etc, 'minion'),
    sock_dir: join(layout.socketFolder, id.slice(0, 20)),
    user: userInfo().username,
    id,
    master: '127.0.0.1',
    master_port: layout.ports.request,
    publish_port: layout.ports.publish,
    keysize: 2048,
    acceptance_wait_time: 1,
    random_startup_delay: 0,
    recon_default: 500,
    recon_max: 2_000,
    mine_enabled: false,
    enable_gpu_grains: false,
    enable_fqdns_grains: false,
    log_file: logFile(layout, id),
    log_level: 'warning',
    log_level_logfile: 'warning',
    module_dirs: [join(formulaFolder, '_modules')],
    ...(options.allow === null ? { disable_modules: ['prunella'] } : {}),
    ...(services.length > 0
      ? {
          providers: { service: 'prunella_supervisor' },
          prunella_supervisor: { configuration: supervisorFile(layout, id) },
        }
      : {}),
    ...options.minionConfiguration?.(id),
  });
  if (options.allow !== null) {
    await writeConfiguration(join(etc, 'prunella.yaml'), {
      allow: options.allow ?? defaultAllow(services),
    });
  }
}

function defaultAllow(services: readonly SupervisedService[]): readonly AllowedFunction[] {
  const names = services.map((service) => service.name);
  const verbs = ['start', 'stop', 'restart', 'reload'];
  return [
    { function: 'state.highstate' },
    ...(names.length > 0 ? verbs.map((verb) => ({ function: `service.${verb}`, args: [names] })) : []),
  ];
}

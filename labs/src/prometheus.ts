import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureDebianPackage } from './debian-package.ts';
import { findBinary } from './find-binary.ts';
import { freePort } from './ports.ts';
import { type LabService, startService } from './service.ts';

const alertmanagerBinary = 'prometheus-alertmanager';

/** Whether the programs of Debian's `prometheus` and `prometheus-alertmanager` are on the PATH. */
export function hasPrometheus(): boolean {
  return findBinary('prometheus') !== null && findBinary(alertmanagerBinary) !== null;
}

/**
 * Installs Debian's packages where they are missing and root and apt-get are at hand, their own services not
 * started. False where they cannot be had; the last progress line says why.
 */
export async function ensurePrometheus(onProgress: (line: string) => void = () => {}): Promise<boolean> {
  for (const name of ['prometheus', alertmanagerBinary]) {
    if (findBinary(name) === null && !(await ensureDebianPackage(name, onProgress))) return false;
  }
  return hasPrometheus();
}

export interface AlertmanagerOptions {
  /** Holds its configuration, its memory and its log; made where it is missing. */
  readonly folder: string;
  /** Its own configuration, as YAML. */
  readonly configuration: string;
}

export interface PrometheusOptions {
  readonly folder: string;
  /** Its own configuration, as YAML; `rule_files` may name `rules.yml`. */
  readonly configuration: string;
  /** What is written to `rules.yml` beside it. */
  readonly rules: string;
}

/** A real Alertmanager, alone: it looks for no peers. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<LabService> {
  const folder = resolve(options.folder);
  const file = write(folder, 'alertmanager.yml', options.configuration);
  const port = await freePort();
  const args = [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  return start('alertmanager', alertmanagerBinary, folder, port, args);
}

/** A real Prometheus. */
export async function startPrometheus(options: PrometheusOptions): Promise<LabService> {
  const folder = resolve(options.folder);
  const file = write(folder, 'prometheus.yml', options.configuration);
  write(folder, 'rules.yml', options.rules);
  const port = await freePort();
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return start('prometheus', 'prometheus', folder, port, args);
}

function start(
  name: string,
  program: string,
  folder: string,
  port: number,
  args: readonly string[],
): Promise<LabService> {
  const command = findBinary(program);
  if (command === null) {
    throw new Error(
      `there is no ${program} on the PATH: install Debian's package, or call ensurePrometheus first`,
    );
  }
  const serves = async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
  return startService({ name, folder, port, command: { command, args }, serves });
}

function write(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

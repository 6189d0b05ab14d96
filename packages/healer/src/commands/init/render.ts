import { type InitAnswers, type InitRepair, type InitSecret, resourceOf } from './answers.ts';
import { flow, scalar } from './scalar.ts';
import { renderChannel } from './tell.ts';

export interface InitFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly text: string;
  /** For its owner only. */
  readonly isSecret: boolean;
}

/** The files that the answers mean. */
export function renderFiles(answers: InitAnswers): readonly InitFile[] {
  const secrets = new Secrets();
  const configuration = renderConfiguration(answers, secrets);
  const { kind, name } = answers;
  return [
    { path: 'prunella.yaml', text: configuration, isSecret: false },
    { path: `playbooks/${kind}-${fileName(name)}.yaml`, text: renderPlaybook(answers), isSecret: false },
    ...secrets.files,
  ];
}

/** Texts that go into files of their own. */
class Secrets {
  readonly #files: InitFile[] = [];

  get files(): readonly InitFile[] {
    if (this.#files.length === 0) return [];
    return [...this.#files, { path: 'secrets/.gitignore', text: '*\n', isSecret: false }];
  }

  /** As the configuration writes it. */
  reference(secret: InitSecret, name: string): string {
    if (!('keep' in secret)) return flow(secret);
    const path = `secrets/${fileName(name)}`;
    this.#files.push({ path, text: `${secret.keep}\n`, isSecret: true });
    return flow({ file: path });
  }
}

function renderConfiguration(answers: InitAnswers, secrets: Secrets): string {
  const { repair, tell, healerPort } = answers;
  const resource = resourceOf(answers);
  const target = targetOf(answers);
  return [
    '# What exists. How it is repaired stands in playbooks/. Every key: docs/configuration.md',
    'store: { folder: prunella-data } # the memory of the healer',
    'playbooks: playbooks',
    `server: { port: ${healerPort} } # where applications report, and people look`,
    'resources:',
    `  ${resource}: # the name that applications report`,
    '    nodes:',
    `      ${nodeOf(answers)}:`,
    `        target: ${scalar(target)}`,
    `        probe: ${probeOf(answers, secrets)}`,
    'backends:',
    ...renderBackend(repair, target, secrets).map((line) => `  ${line}`),
    ...(tell === null ? [] : renderChannel(tell, (secret, name) => secrets.reference(secret, name))),
    '',
  ].join('\n');
}

function nodeOf({ repair }: InitAnswers): string {
  return 'minion' in repair ? fileName(repair.minion) : 'one';
}

function targetOf({ name, repair }: InitAnswers): string {
  if (repair.by === 'process') return serviceName(name);
  return repair.by === 'http' ? name : repair.minion;
}

function probeOf(answers: InitAnswers, secrets: Secrets): string {
  const { kind, name, host, port, url, user, password } = answers;
  if (kind === 'http') return flow({ type: 'http', url });
  const place = [`type: ${kind}`, `host: ${scalar(host)}`, `port: ${port}`];
  const userKey = kind === 'redis' ? 'username' : 'user';
  const who = user === null ? [] : [`${userKey}: ${scalar(user)}`];
  const secret = password === null ? [] : [`password: ${secrets.reference(password, `${kind}-${name}`)}`];
  return `{ ${[...place, ...who, ...secret].join(', ')} }`;
}

function renderBackend(repair: InitRepair, target: string, secrets: Secrets): readonly string[] {
  switch (repair.by) {
    case 'process':
      return [
        'process: # programs that the healer starts itself, and that outlive it',
        '  services:',
        `    ${target}:`,
        `      command: ${JSON.stringify(repair.command)} # no shell reads it`,
      ];
    case 'salt':
      return [
        'salt:',
        '  mode: api',
        `  url: ${scalar(repair.url)}`,
        `  username: ${scalar(repair.username)} # the account in external_auth of the master`,
        `  password: ${secrets.reference(repair.secret, 'salt')}`,
      ];
    case 'salt-hook':
      return [
        'salt:',
        '  mode: hook',
        `  url: ${scalar(repair.url)}`,
        `  secret: ${secrets.reference(repair.secret, 'salt')} # sent as \`secretkey\``,
        '  # api: { username: healer, password: { file: secrets/salt-api } } # targets are then resolved, jobs found',
      ];
    case 'http':
      return [
        'http:',
        '  actions:',
        '    repair: # a playbook writes http.repair',
        `      url: ${scalar(repair.url)}`,
        '      effect: disrupts # restores, repairs or disrupts; the guardrails go by it',
        '      highestAutonomy: auto # the playbook decides',
      ];
  }
}

function renderPlaybook(answers: InitAnswers): string {
  const { kind, name, repair } = answers;
  return [
    '# How it is repaired, mildest first. Every key: docs/playbooks.md. After a change: prunella check',
    `playbook: ${kind}-${fileName(name)}`,
    `for: ${resourceOf(answers)}`,
    'open:',
    '  quorum: { hosts: 1 } # sick on one host is enough; leave it out where the application runs on several',
    ...(repair.by === 'process'
      ? [
          '  signals: [process.exit] # also without a report, once the probe fails, too',
          '  confirm: { failures: 3, every: 1s, timeout: 1s } # it runs here, so its probe is quick',
          '  graceAfterStart: 5s # of the healer, which sees the ends of what it runs at once',
        ]
      : []),
    'ladder:',
    ...stepsOf(answers).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

function stepsOf({ repair, autonomy }: InitAnswers): readonly string[] {
  const decides =
    autonomy === 'ask'
      ? 'autonomy: ask # a person approves; `auto` acts by itself'
      : 'autonomy: auto # `ask` waits for a person';
  const restart = (action: string, rest: readonly string[]) => [
    `- action: ${action}`,
    ...rest.map((line) => `  ${line}`),
    `  ${decides}`,
  ];
  const soon = ['every: 2m', 'deadline: 30s', 'window: 60s', 'soak: 15s'];
  const later = ['after: 5m', 'every: 10m', 'deadline: 60s', 'window: 2m', 'soak: 30s'];
  switch (repair.by) {
    case 'process':
      return [...restart('process.start', [...soon, 'max: 2']), ...restart('process.restart', later)];
    case 'salt':
    case 'salt-hook':
      return [
        ...restart('salt.service.start', [`with: { service: ${scalar(repair.service)} }`, ...soon]),
        ...restart('salt.service.restart', [`with: { service: ${scalar(repair.service)} }`, ...later]),
      ];
    case 'http':
      return restart('http.repair', ['after: 1m', 'every: 10m', 'deadline: 2m', 'window: 2m', 'soak: 30s']);
  }
}

/** A name of the process backend. */
function serviceName(name: string): string {
  return fileName(name).toLowerCase();
}

function fileName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9-]/g, '-');
}

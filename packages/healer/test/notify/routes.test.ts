import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownActions } from '../../src/configuration/actions.ts';
import { loadConfiguration, loadPlaybooks } from '../../src/configuration/load.ts';
import type { Notice } from '../../src/notify/notice.ts';
import { channelsFor } from '../../src/notify/routes.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { noticeOf } from './messages.ts';
import { notificationsOf, webhooks } from './notifier-under-test.ts';

const channels = webhooks('pager', 'chat');

function told(routes: readonly unknown[] | undefined, with_: Partial<Notice>, hasTold = false) {
  const configuration = notificationsOf({ channels, ...(routes === undefined ? {} : { routes }) });
  return channelsFor(noticeOf(with_), configuration, () => hasTold);
}

describe('a notice goes', () => {
  it.each([
    ['to all without routes', undefined, {}, ['pager', 'chat']],
    ['to nobody with routes that do not fit', [{ to: ['pager'], resources: ['redis/*'] }], {}, []],
    ['by the resource', [{ to: ['pager'], resources: ['redis/*', 'postgres/m*'] }], {}, ['pager']],
    ['by the playbook', [{ to: ['pager'], playbooks: ['post*'] }], {}, ['pager']],
    ['by a label', [{ to: ['pager'], labels: { team: 'data' } }], {}, ['pager']],
    ['by one of several values', [{ to: ['pager'], labels: { team: ['web', 'data'] } }], {}, ['pager']],
    ['only with all labels', [{ to: ['pager'], labels: { team: 'data', tier: '1' } }], {}, []],
    ['by what happened', [{ to: ['pager'], events: ['opened'] }], { kind: 'opened' }, ['pager']],
    ['not by what did not', [{ to: ['pager'], events: ['opened'] }], { kind: 'attempt' }, []],
    ['once where several routes fit', [{ to: ['chat'] }, { to: ['chat', 'pager'] }], {}, ['pager', 'chat']],
    [
      'to all that want alarms, whatever resources they have',
      [{ to: ['pager'], resources: ['redis/*'] }],
      { kind: 'alarm', resource: null, incident: null, labels: {} },
      ['pager'],
    ],
  ] as const)('%s', (_, routes, with_, expected) => {
    expect(told(routes, with_)).toEqual(expected);
  });

  it('in any case to who was told that it broke, once it is well again', () => {
    const routes = [{ to: ['pager'], events: ['needs-person'] }];
    expect(told(routes, { kind: 'recovered' })).toEqual([]);
    expect(told(routes, { kind: 'recovered' }, true)).toEqual(['pager', 'chat']);
  });
});

describe('a route', () => {
  it('to a channel that there is not is refused, with those that there are', () => {
    expect(() => notificationsOf({ channels, routes: [{ to: ['pagr'] }] })).toThrow(
      'there is no channel `pagr`; there are pager, chat',
    );
  });
});

describe('prunella check', () => {
  const playbook = `playbook: one
for: redis/*
open: { confirm: none }
ladder: [{ action: process.restart, autonomy: AUTONOMY }]
`;

  async function problemsOf(autonomy: string, notifications: string) {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'playbooks'));
    await writeFile(join(folder, 'playbooks', 'one.yaml'), playbook.replace('AUTONOMY', autonomy));
    await writeFile(
      join(folder, 'prunella.yaml'),
      `resources: { redis/a: { labels: { team: web }, nodes: { n: { target: redis } } } }
backends: { process: { services: { redis: { command: [redis-server] } } } }
${notifications}`,
    );
    const environment = { HOOK: 'x' };
    const { configuration, document } = await loadConfiguration(join(folder, 'prunella.yaml'), environment);
    if (configuration === null) throw new Error('it cannot be used');
    const { problems } = await loadPlaybooks(configuration, knownActions(configuration), document);
    return problems.filter(({ code }) => code === 'nobody-is-asked');
  }
  const pager = (route: string) =>
    `notifications: { channels: { pager: { type: webhook, url: 'https://a.example', secrets: [{ environment: HOOK }] } }, routes: [${route}] }`;

  it('warns where a step asks a person whom nobody tells', async () => {
    expect(await problemsOf('ask', pager('{ to: [pager], labels: { team: data } }'))).toMatchObject([
      {
        severity: 'warning',
        line: 1,
        message: expect.stringContaining('no route of `notifications` tells one of redis/a'),
      },
    ]);
    expect(await problemsOf('ask', pager('{ to: [pager], events: [opened] }'))).toHaveLength(1);
  });

  it('does not where somebody is told, or nobody asked', async () => {
    expect(await problemsOf('ask', pager('{ to: [pager], labels: { team: web } }'))).toEqual([]);
    expect(await problemsOf('auto', pager('{ to: [pager], labels: { team: data } }'))).toEqual([]);
    expect(await problemsOf('ask', '')).toEqual([]);
  });
});

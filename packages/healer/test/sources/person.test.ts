import { describe, expect, test } from 'vitest';
import { runCommand } from '../commands/run-command.ts';
import { healerWith, tokens } from './healer-with-sources.ts';

async function atPrompt(address: string, words: readonly string[], token: string = tokens.operator) {
  const environment = { PRUNELLA_HEALER: address, PRUNELLA_TOKEN: token };
  return runCommand(['report', ...words], { environment });
}

describe('prunella report', () => {
  test('is a signal with the name of the person, and explain says who it was', async () => {
    const { address, signals, engine } = await healerWith('');
    const words = ['postgres/main', '--summary', 'logins hang', '--node', 'db1', '--by', 'anna'];
    const run = await atPrompt(address, words);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toContain('taken as a report of anna; postgres/main is ');
    expect(await signals()).toMatchObject([
      {
        source: 'anna',
        type: 'person.report',
        resource: 'postgres/main',
        node: 'db1',
        status: 'firing',
        summary: 'logins hang',
        data: { by: 'anna' },
      },
    ]);
    const [explained] = engine.explain('postgres/main');
    expect(explained?.reason).toContain('person.report from anna: logins hang');
  });

  test('can be said again, and that it is over', async () => {
    const { address, signals } = await healerWith('');
    await atPrompt(address, ['redis/cache', '--summary', 'slow']);
    await atPrompt(address, ['redis/cache', '--summary', 'slow']);
    await atPrompt(address, ['redis/cache', '--summary', 'fine again', '--resolved']);
    expect((await signals()).map(({ source, status }) => [source, status])).toEqual([
      ['operator', 'firing'],
      ['operator', 'firing'],
      ['operator', 'resolved'],
    ]);
  });

  test('needs a sentence and a resource', async () => {
    const { address } = await healerWith('');
    expect(await atPrompt(address, ['postgres/main'])).toMatchObject({ exitCode: 2 });
    const wrong = await atPrompt(address, ['nonsense', '--summary', 'x']);
    expect(wrong.exitCode).toBe(1);
    const slip = await atPrompt(address, ['postgres/mian', '--summary', 'x']);
    expect(slip.exitCode).toBe(1);
    expect(slip.stderr).toContain('the healer knows no resource postgres/mian: did you mean postgres/main?');
    expect(wrong.stderr).toContain('resource: expected kind/name, such as postgres/main');
  });

  test('is for people: the token of an application cannot speak for one', async () => {
    const { address, send } = await healerWith('');
    const run = await atPrompt(address, ['postgres/main', '--summary', 'x'], tokens.reporter);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('this needs operator');
    const signal = { id: '1', source: 'anna', type: 'person.report', resource: 'postgres/main' };
    const forged = { ...signal, status: 'firing', summary: 'x' };
    const answer = await send('/v1/signals', JSON.stringify(forged));
    expect(await answer.json()).toMatchObject({
      status: 403,
      detail: 'person.report is for what people say: POST /v1/sources/person',
    });
  });
});

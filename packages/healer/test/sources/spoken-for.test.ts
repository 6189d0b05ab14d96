import type { Signal } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import { acceptFrom } from '../../src/server/spoken-for.ts';
import { grantableSignal } from '../../src/sources/own-signals.ts';

const signal = {
  id: '1',
  source: 's',
  type: 'alert',
  resource: 'redis/cache',
  status: 'firing',
  summary: '',
} as const;

async function fateUnder(resources: readonly string[] | null | undefined) {
  const taken: Signal[] = [];
  const caller =
    resources === undefined
      ? null
      : ({ name: 'monitoring', role: 'reporter', by: 'token', resources } as const);
  const receipt = await acceptFrom(caller, async (each) => {
    taken.push(each);
    return { accepted: true, duplicate: false };
  })(signal);
  return { receipt, taken: taken.length };
}

describe('a type that parts of the healer raise', () => {
  const fateOf = async (type: string, caller: Parameters<typeof acceptFrom>[0]) => {
    const accept = async () => ({ accepted: true, duplicate: false }) as const;
    return (await acceptFrom(caller, accept)({ ...signal, type })).accepted;
  };
  const token = { name: 'm', role: 'reporter', by: 'token' } as const;

  test.each(['process.exit', 'monitor.redis', 'person.report'])(
    '%s comes by no other source',
    async (type) => {
      expect(await fateOf(type, token), 'with a token').toBe(false);
      expect(await fateOf(type, null), 'with a signature').toBe(false);
      expect(await fateOf(type, { ...token, role: 'admin' }), 'of an admin').toBe(false);
    },
  );

  test('comes by a token that was made for it, but no person speaks so', async () => {
    expect(await fateOf('process.exit', { ...token, signals: ['process.exit'] })).toBe(true);
    expect(await fateOf('monitor.http', { ...token, signals: ['monitor.*'] })).toBe(true);
    expect(await fateOf('process.exit', { ...token, signals: ['monitor.*'] })).toBe(false);
    expect(await fateOf('person.report', { ...token, signals: ['*'] })).toBe(false);
  });

  test('is refused with a remedy that helps: a grant that a token can be given, or none beside a signature', async () => {
    const whyNot = async (type: string, caller: Parameters<typeof acceptFrom>[0]) => {
      const accept = async () => ({ accepted: true, duplicate: false }) as const;
      const receipt = await acceptFrom(caller, accept)({ ...signal, type });
      return receipt.accepted ? '' : receipt.reason;
    };
    for (const type of ['process.exit', 'monitor.http', 'monitor.my-check', "monitor.x'; id", 'monitor.*']) {
      const [, quoted, plain] = /--signals (?:'(.*)'|(\S+))`\)$/.exec(await whyNot(type, token)) ?? [];
      const grant = quoted ?? plain ?? '';
      expect(grantableSignal.test(grant), `${type}: ${grant}`).toBe(true);
      expect(await fateOf(type, { ...token, signals: [grant] }), type).toBe(true);
    }
    const signed = await whyNot('process.exit', null);
    expect(signed).toContain('a signature does not allow them');
    expect(signed).not.toContain('tokens create');
  });

  test('that only looks like it is any other', async () => {
    expect(await fateOf('process.exited', token)).toBe(true);
  });
});

describe('a token that is bound to resources', () => {
  test.each([
    ['names it', ['postgres/main', 'redis/cache']],
    ['names its kind', ['redis/*']],
    ['is bound to nothing', null],
    ['stands for nobody, since a signature did', undefined],
  ])('tells of one where it %s', async (_why, resources) => {
    expect(await fateUnder(resources)).toMatchObject({ receipt: { accepted: true }, taken: 1 });
  });

  test('tells of no other, and the answer says of which it may', async () => {
    expect(await fateUnder(['postgres/*'])).toEqual({
      receipt: {
        accepted: false,
        reason: 'the token monitoring speaks for postgres/*, and not for redis/cache',
      },
      taken: 0,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { processConfiguration } from '../../src/backends/process/configuration.ts';
import {
  circle,
  type Dependencies,
  dependantsOf,
  type RestartOn,
  startOrder,
} from '../../src/backends/process/dependencies.ts';

const of = (written: Record<string, Record<string, RestartOn>>): Dependencies =>
  new Map(Object.entries(written));

describe('services that depend on each other', () => {
  const shop = of({
    web: { app: 'restart' },
    app: { db: 'error', cache: 'none' },
    reports: { db: 'refresh' },
    cache: {},
    db: {},
  });

  it('start after those that they need', () => {
    const order = startOrder(shop);
    expect([...order].sort()).toEqual(['app', 'cache', 'db', 'reports', 'web']);
    for (const [service, uses] of shop) {
      for (const before of Object.keys(uses)) {
        expect(order.indexOf(before)).toBeLessThan(order.indexOf(service));
      }
    }
  });

  it.each([
    ['error', ['app', 'web', 'reports']],
    ['restart', ['reports']],
    ['refresh', ['reports']],
  ] as const)('are held by the kind of fault: %s of the database', (cause, held) => {
    expect([...dependantsOf(shop, ['db'], cause)].sort()).toEqual([...held].sort());
  });

  it('are never held for what they only start after', () => {
    expect(dependantsOf(shop, ['cache'], 'error')).toEqual([]);
  });

  it('are not held where they are themselves repaired by the attempt', () => {
    expect(dependantsOf(shop, ['db', 'app'], 'error')).toEqual(['web', 'reports'].toSorted(byStart));
    function byStart(one: string, other: string) {
      return startOrder(shop).indexOf(one) - startOrder(shop).indexOf(other);
    }
  });

  it('going in a circle are named', () => {
    expect(circle(shop)).toBeNull();
    expect(circle(of({ a: { b: 'none' }, b: { c: 'none' }, c: { a: 'none' } }))).toEqual([
      'a',
      'b',
      'c',
      'a',
    ]);
    expect(circle(of({ a: { a: 'none' } }))).toEqual(['a', 'a']);
  });
});

describe('their declaration', () => {
  const read = (app: object) => {
    const services = { app: { command: ['app'], ...app }, db: { command: ['db'] } };
    return processConfiguration({ folder: '/' }).safeParse({ services });
  };

  it('is a list, or a map with the kind of fault', () => {
    expect(read({ dependsOn: ['db'] }).data?.services['app']?.dependsOn).toEqual({ db: 'none' });
    expect(read({ dependsOn: { db: { restartOn: 'error' } } }).data?.services['app']?.dependsOn).toEqual({
      db: 'error',
    });
  });

  it('refuses names that nobody declared, and circles', () => {
    expect(read({ dependsOn: ['dbb'] }).error?.issues[0]).toMatchObject({
      path: ['services', 'app', 'dependsOn'],
      message: 'must be a declared service: there is no dbb (declared: app, db)',
    });
    expect(read({ dependsOn: ['app'] }).error?.issues[0]?.message).toBe(
      'must not go in a circle: app, then app',
    );
  });
});

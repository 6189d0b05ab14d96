import type { InstanceChange, LogEntry } from '@prunella/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, Visitor } from './browser.ts';
import { Stage } from './stage.ts';

const stage = new Stage({ autonomy: 'auto' });

beforeAll(() => stage.start());
afterAll(async () => {
  await closeBrowser();
  await stage.end();
});

/** Its id, once it has been closed so many times. */
async function closedIncident(times: number): Promise<string> {
  let incident = '';
  const closings = async () => {
    const listed = (await stage.ask('/v1/incidents?open=false')) as { incidents: { incident: string }[] };
    incident = listed.incidents[0]?.incident ?? '';
    if (incident === '') return 0;
    const log = (await stage.ask(`/v1/incidents/${incident}/log`)) as { entries: LogEntry[] };
    return log.entries.filter(({ event }) => event.type === 'incident-closed').length;
  };
  await expect.poll(closings, { timeout: 60_000 }).toBe(times);
  return incident;
}

const beganAt = Date.parse('2026-11-26T03:00:00Z');
const named = 20;
const rounds = 32;

/** A stand-in for the healer's answers of one incident of 5,000 events: as much as its log may ever tell by name. */
function crowdedIncident() {
  const conditions = ['down', 'ok', 'degraded', 'silent'] as const;
  const instancesAt = (round: number): InstanceChange[] =>
    Array.from({ length: named }, (_, index) => ({
      instance: `shop/app${index}/${index}`,
      service: 'shop',
      host: `app${index}`,
      condition: conditions[(round + (index > 9 ? 1 : 0)) % conditions.length] ?? 'ok',
      since: beganAt + round * 100_000 + index * 1_000,
    }));
  const entries = Array.from({ length: 5_000 }, (_, index) => {
    const at = beganAt + index * 1_000;
    const round = (index - 1) / 150;
    const event =
      index === 0
        ? { type: 'incident-opened', reason: 'sick', firstFaultAt: beganAt, playbook: 'web' }
        : Number.isInteger(round) && round < rounds
          ? {
              type: 'instances-changed',
              instances: instancesAt(round),
              others: { observers: 980, sick: 700 },
            }
          : {
              type: 'summary-changed',
              observers: 1_000,
              conditions: { ok: 100 + (index % 50), degraded: 0, down: 900 - (index % 50), unknown: 0 },
              sickByKind: { unreachable: 900 - (index % 50) },
              sickHosts: 256,
              earliestFaultAt: beganAt,
            };
    return { sequence: index + 1, at, resource: 'web/shop', incident: 'crowd', event };
  });
  const incident = {
    incident: 'crowd',
    resource: 'web/shop',
    playbook: 'web',
    state: 'closed',
    openedAt: beganAt,
    firstFaultAt: beganAt,
    closedAt: beganAt + 5_000_000,
    story: 'it flapped for hours',
    attempts: [],
  };
  return { entries, incident };
}

describe('the picture of an incident shows each instance', () => {
  test('of a real outage: when it was down and well again, by its name, with its kind of fault', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await stage.breakService();
    await page
      .getByRole('link', { name: /incident/i })
      .first()
      .waitFor();
    const incident = await closedIncident(1);
    await page.goto(`${stage.address}/incidents/${incident}`);
    const words = page.getByRole('list', { name: 'What each instance saw' }).getByRole('listitem');
    await words.first().waitFor();
    expect(await words.count()).toBe(1);
    expect(await words.first().textContent()).toMatch(/^shop\/app1\/1: .*down: unreachable; .*ok$/);
    await page.locator('.timeline .lane-name', { hasText: 'shop/app1/1' }).waitFor();
    expect(await page.locator('.timeline-picture .bar-sick title').allTextContents()).toContainEqual(
      expect.stringMatching(/down: unreachable$/),
    );
    await visitor.isAccessible();
    expect(visitor.problems).toEqual([]);
  });

  test('and what all saw from a closing to its relapse, without a gap', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await stage.breakService();
    const incident = await closedIncident(2);
    await page.goto(`${stage.address}/incidents/${incident}`);
    const barsOf = async (lane: string) => {
      const bars = page.locator('.timeline g', { has: page.locator('.lane-name', { hasText: lane }) });
      const boxes = await bars.last().locator('.bar').all();
      return Promise.all(
        boxes.map(async (box) => box.evaluate((bar) => bar.getBoundingClientRect().toJSON())),
      );
    };
    const gaps = async (lane: string) => {
      const bars = await barsOf(lane);
      return bars.slice(1).map(({ left }, index) => Math.round(left - (bars[index]?.right ?? 0)));
    };
    for (const lane of ['Applications', 'shop/app1/1']) {
      // Down, well, down, well: whatever is between the closing and the relapse is drawn.
      await expect.poll(async () => (await barsOf(lane)).length, { timeout: 10_000 }).toBeGreaterThan(3);
      expect(Math.max(...(await gaps(lane)))).toBeLessThanOrEqual(1);
    }
    expect(visitor.problems).toEqual([]);
  });

  test('of twenty, eight at first and all on demand, in an incident of 5,000 events, by keys alone', async (context) => {
    const { entries, incident } = crowdedIncident();
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await page.route('**/v1/incidents/crowd', (route) => route.fulfill({ json: incident }));
    await page.route('**/v1/incidents/crowd/log*', (route) => {
      const after = Number(new URL(route.request().url()).searchParams.get('after'));
      return route.fulfill({
        json: { entries: entries.filter(({ sequence }) => sequence > after).slice(0, 1_000) },
      });
    });
    await visitor.signIn(stage.address, stage.tokenOf('operator'), '/incidents/crowd');
    await page.getByRole('heading', { name: 'All events 5000' }).waitFor();
    const lanes = page.locator('.timeline .lane-name');
    expect(await lanes.allTextContents()).toEqual([
      'Incident',
      'Applications',
      ...Array.from({ length: 8 }, (_, index) => `shop/app${index}/${index}`),
      'and 980 others',
    ]);
    await page.getByRole('button', { name: '12 more instances' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Only 8 instances' }).waitFor();
    expect(await lanes.count()).toBe(23);
    const words = page.getByRole('list', { name: 'What each instance saw' }).getByRole('listitem');
    expect(await words.count()).toBe(21);
    expect(await words.first().textContent()).toMatch(/^shop\/app0\/0: .*; \d+ more changes$/);

    const chosen = page.locator('.timeline-chosen strong');
    await page.getByRole('application', { name: 'Timeline' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await chosen.textContent()).toBe('Incident');
    for (const lane of ['Applications', 'shop/app0/0', 'shop/app1/1']) {
      await page.keyboard.press('ArrowDown');
      expect(await chosen.textContent()).toBe(lane);
    }
    await page.keyboard.press('ArrowUp');
    expect(await chosen.textContent()).toBe('shop/app0/0');
    await page.keyboard.press('+');
    await page.getByRole('button', { name: 'Whole' }).waitFor();
    expect(await page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(6_000);
    await visitor.isAccessible();
    expect(visitor.problems).toEqual([]);
  });

  test('on a phone nothing is wider than the page', async (context) => {
    const visitor = await Visitor.come(context, { viewport: { width: 360, height: 740 } });
    const { page } = visitor;
    const { entries, incident } = crowdedIncident();
    await page.route('**/v1/incidents/crowd', (route) => route.fulfill({ json: incident }));
    await page.route('**/v1/incidents/crowd/log*', (route) =>
      route.fulfill({
        json: { entries: route.request().url().includes('after=0') ? entries.slice(0, 900) : [] },
      }),
    );
    await visitor.signIn(stage.address, stage.tokenOf('operator'), '/incidents/crowd');
    await page.getByRole('button', { name: '12 more instances' }).click();
    await page.locator('.timeline .lane-name', { hasText: 'shop/app19/19' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(visitor.problems).toEqual([]);
  });
});

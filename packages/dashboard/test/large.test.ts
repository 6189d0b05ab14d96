import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, Visitor } from './browser.ts';
import { Stage } from './stage.ts';

const stage = new Stage();

beforeAll(() => stage.start());
afterAll(async () => {
  await closeBrowser();
  await stage.end();
});

const eventCount = 5_000;
const beganAt = Date.parse('2026-11-26T03:00:00Z');

/** A stand-in for the healer's answers of one incident: a real one of this length would take hours. */
function longIncident() {
  const entries = Array.from({ length: eventCount }, (_, index) => ({
    sequence: index + 1,
    at: beganAt + index * 1_000,
    resource: 'web/shop',
    incident: 'long',
    event:
      index === 0
        ? { type: 'incident-opened', reason: 'sick', firstFaultAt: beganAt, playbook: 'web' }
        : { type: 'probe-changed', node: 'one', passed: index % 2 === 0, detail: `answer ${index}` },
  }));
  const incident = {
    incident: 'long',
    resource: 'web/shop',
    playbook: 'web',
    state: 'closed',
    openedAt: beganAt,
    firstFaultAt: beganAt,
    closedAt: beganAt + eventCount * 1_000,
    story: 'it flapped for hours',
    attempts: [],
  };
  return { entries, incident };
}

describe('much at once', () => {
  test('an incident of 5,000 events is drawn and listed with no more of it in the page than is seen', async (context) => {
    const { entries, incident } = longIncident();
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await page.route('**/v1/incidents/long', (route) => route.fulfill({ json: incident }));
    await page.route('**/v1/incidents/long/log*', (route) => {
      const after = Number(new URL(route.request().url()).searchParams.get('after'));
      const rows = entries.filter(({ sequence }) => sequence > after).slice(0, 1_000);
      return route.fulfill({ json: { entries: rows } });
    });
    await visitor.signIn(stage.address, stage.tokenOf('operator'), '/incidents/long');
    await page.getByRole('heading', { name: 'All events 5000' }).waitFor();
    const rows = page.getByRole('list', { name: 'Events, the oldest first' }).getByRole('listitem');
    const inPage = () => page.evaluate('document.querySelectorAll("*").length');
    expect(await rows.count()).toBeLessThan(80);
    expect(await inPage()).toBeLessThan(4_000);
    await page.locator('.virtual-list').focus();
    await page.keyboard.press('End');
    await page.getByText('answer 4999').first().waitFor();
    expect(await rows.last().getAttribute('aria-setsize')).toBe('5000');
    await page.getByLabel('with', { exact: true }).fill('answer 2500');
    await page.getByRole('heading', { name: 'All events 1 of 5000' }).waitFor();
    await visitor.isAccessible();
    expect(visitor.problems).toEqual([]);
  });

  test('of 10,000 resources that are not ok the page shows the first, and says how many there are', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    const explanations = Array.from({ length: 500 }, (_, index) => ({
      resource: `web/shop-${index}`,
      state: 'suspected',
      since: beganAt,
      firstFaultAt: beganAt,
      incident: null,
      reason: '1 of 3 instances sick',
      lastFault: null,
      impact: '1 of 3 instances (shop)',
      next: { what: 'open', at: null },
      remedies: [],
    }));
    const now = {
      paused: null,
      refusedConfiguration: null,
      states: { suspected: 10_000 },
      explanations,
      more: 9_500,
    };
    // A stand-in for the first event of the stream of a healer with that many.
    await page.route('**/v1/stream', (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: `event: now\ndata: ${JSON.stringify(now)}\n\n`,
      }),
    );
    await page.route('**/v1/explanations*', (route) => route.fulfill({ json: { ...now, known: 10_000 } }));
    await page.route(/\/v1\/incidents\?.*open=true/, (route) =>
      route.fulfill({ json: { incidents: [], next: 'more' } }),
    );
    await page.goto(stage.address);
    await page.getByLabel('Token').fill(stage.tokenOf('operator'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '10000 of 10000 resources are not ok' }).waitFor();
    const note = page.getByText('More than 500 incidents are open.');
    await note.waitFor();
    const all = note.getByRole('link', { name: 'Incidents' });
    expect(await all.getAttribute('href')).toBe('/incidents?state=open');
    expect(await page.locator('.card').count()).toBe(30);
    await page.getByRole('button', { name: 'Show 30 more of 9970' }).click();
    expect(await page.locator('.card').count()).toBe(60);
    expect(visitor.problems).toEqual([]);
  });
});

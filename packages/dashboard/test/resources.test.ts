import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, Visitor } from './browser.ts';
import { Stage } from './stage.ts';

const stage = new Stage({ blogNeedsShop: true });

beforeAll(() => stage.start());
afterAll(async () => {
  await closeBrowser();
  await stage.end();
});

const everybody = 10_000;

/** A stand-in for the healer's answers where it has 10,000 resources, which would take a large machine. */
function manyResources() {
  const names = Array.from({ length: everybody }, (_, index) => `web/shop-${String(index).padStart(5, '0')}`);
  const probe = { status: 'none', since: null, at: null, failure: null };
  const row = (resource: string) => ({
    resource,
    state: 'ok',
    since: null,
    firstFaultAt: null,
    incident: null,
    reason: 'no evidence of a fault',
    impact: 'none',
    labels: {},
    playbook: 'web',
    dependsOn: [],
    probe,
    nodes: [],
    observers: { ok: 3, degraded: 0, down: 0, unknown: 0 },
  });
  /** As the healer pages: the cursor is where the next one begins. */
  const page = (address: string) => {
    const words = new URL(address).searchParams;
    const part = (words.get('match') ?? '').replaceAll('*', '');
    const found = names.filter((name) => name.includes(part));
    const from = Number(words.get('cursor') ?? 0);
    const to = from + Number(words.get('limit'));
    return { items: found.slice(from, to).map(row), ...(to < found.length ? { next: String(to) } : {}) };
  };
  return { row, page };
}

describe('the list of resources', () => {
  test('shows the sick first with why, filters by its address, and keeps that over a reload', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await page.getByRole('link', { name: 'Resources' }).click();
    const rows = page.locator('.resource-line');
    await waitFor(async () => (await rows.count()) === 2, { what: 'both resources' });
    const links = rows.getByRole('link');
    await stage.breakService();
    await waitFor(async () => (await links.allTextContents()).join() === 'web/shop,web/blog', {
      what: 'the broken one to come first',
    });
    const broken = rows.filter({ hasText: 'web/shop' });
    await broken.getByText('1 down').waitFor();
    await broken.getByText('playbook web').waitFor();
    await broken.getByText(/1 of 1 instance/).waitFor();
    await broken.getByText(/ for \d/).waitFor();
    await visitor.isAccessible();
    await page.emulateMedia({ colorScheme: 'dark' });
    await visitor.isAccessible();
    await page.emulateMedia({ colorScheme: 'light' });

    // Nobody reports the other one.
    await page.getByLabel('Show').selectOption('not certain');
    await waitFor(async () => (await links.allTextContents()).join() === 'web/blog', {
      what: 'the uncertain one alone',
    });
    await page.getByLabel('whose name has').fill('sh*p');
    await page.getByText('No resource is like that.').waitFor();
    expect(new URL(page.url()).search).toBe('?state=undecided&name=sh*p');
    await page.reload();
    await page.getByText('No resource is like that.').waitFor();
    expect(await page.getByLabel('whose name has').inputValue()).toBe('sh*p');
    await page.getByLabel('Show').selectOption('all');
    await waitFor(async () => (await links.allTextContents()).join() === 'web/shop', {
      what: 'the one found',
    });
    await page.setViewportSize({ width: 390, height: 844 });
    await visitor.isAccessible();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(visitor.problems).toEqual([]);
  });

  test('says of one how it is, who sees it how, what was done, and who needs what', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    const address = '/resources/web/shop';
    await visitor.signIn(stage.address, stage.tokenOf('operator'), address);
    const part = (name: string) => page.getByRole('region', { name, exact: true });
    await page.getByRole('heading', { level: 1, name: 'web/shop' }).waitFor();
    await waitFor(async () => (await stage.serviceAnswers()) === false, { what: 'the service to be away' });
    await part('Nodes 1')
      .getByText(/fails.*ECONNREFUSED/)
      .waitFor();
    await part('Instances 1')
      .getByText(/down for .*unreachable.*Last success/)
      .waitFor();
    const steps = part('Steps');
    await steps.getByText('It has not run here yet. It asks a person before each run.').waitFor();
    await visitor.isAccessible();
    await page.emulateMedia({ colorScheme: 'dark' });
    await visitor.isAccessible();
    await page.emulateMedia({ colorScheme: 'light' });
    const story = part('web/shop').getByRole('link', { name: 'The whole story' });
    expect(await story.getAttribute('href')).toMatch(/^\/incidents\/web/);

    await page
      .getByRole('region', { name: 'process.restart on shop' })
      .getByRole('button', { name: 'Approve' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await steps.getByText(/It helped 1 of 1 times in .*It asks a person before each run/).waitFor();
    await steps.getByText('People answered yes 1×').waitFor();
    await part('Instances 1')
      .getByText(/ok for /)
      .waitFor();
    await page.getByRole('heading', { level: 1, name: 'web/shop ok' }).waitFor();

    const map = page.getByRole('figure', { name: 'Map of web/shop' });
    await map.getByText('shop', { exact: true }).waitFor();
    await map.getByText('1 ok', { exact: true }).waitFor();
    await map.focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'web/blog' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/resources/web/blog');
    await page
      .getByRole('figure', { name: 'Map of web/blog' })
      .getByRole('link', { name: 'web/shop: ok' })
      .waitFor();
    await page.getByText('As a list').click();
    await part('Who needs what').getByRole('listitem').getByRole('link', { name: 'web/shop' }).click();
    await page.getByRole('heading', { level: 1, name: 'web/shop ok' }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await visitor.isAccessible();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.goto(`${stage.address}/resources/web/none`);
    await page.getByRole('heading', { name: 'Nothing is known of web/none' }).waitFor();
    await visitor.isAccessible();
    expect(visitor.problems).toEqual([]);
  });

  test('begins the maintenance of a resource that is ok, and ends it', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'), '/resources/web/shop');
    const card = page.getByRole('region', { name: 'web/shop', exact: true });
    await card.getByText('ok', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Maintenance' }).click();
    const begin = page.getByRole('dialog', { name: 'Begin maintenance' });
    expect(await begin.getByLabel('Resource').inputValue()).toBe('web/shop');
    await begin.getByRole('button', { name: 'Begin maintenance' }).click();
    await card.getByText(/in maintenance by operator/).waitFor();
    await card.getByRole('button', { name: 'End maintenance' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End maintenance' }).click();
    await card.getByRole('button', { name: 'Maintenance', exact: true }).waitFor();
    expect(await card.getByText(/in maintenance by/).count()).toBe(0);
    expect(visitor.problems).toEqual([]);
  });

  test('says who answers from its cache, and who is not heard of any more', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    const condition = {
      resource: 'web/blog',
      condition: 'degraded',
      sinceMs: 0,
      successes: 0,
      faults: { overloaded: 1 },
    };
    const report = {
      protocol: 1,
      service: 'till',
      host: 'app2',
      instance: 'till/app2/1',
      epoch: 'one',
      heartbeatMs: 1_000,
      conditions: [{ ...condition, cacheOnly: { newestAgeMs: 125_000 } }],
    };
    let sequence = 0;
    const tell = () => {
      sequence += 1;
      return fetch(`${stage.address}/v1/reports`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${stage.tokenOf('reporter')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ reports: [{ ...report, sequence }] }),
      });
    };
    expect(await (await tell()).json()).toMatchObject({ accepted: 1 });
    const telling = setInterval(() => void tell().catch(() => {}), 300);
    context.onTestFinished(() => clearInterval(telling));
    await visitor.signIn(stage.address, stage.tokenOf('operator'), '/resources/web/blog');
    const instances = page.getByRole('region', { name: 'Instances 1', exact: true });
    await instances.getByText(/It answers from its cache; the newest value is 2 min/).waitFor();
    await instances.getByText('It has had no success.').waitFor();
    clearInterval(telling);
    await instances.getByText(/silent for .*so nobody knows how it sees it/).waitFor();
    await visitor.isAccessible();
    expect(visitor.problems).toEqual([]);
  });

  test('of 10,000 only those that are seen are in the page, and all can be reached and found', async (context) => {
    const many = manyResources();
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await page.route(/\/v1\/resources\?/, (route) =>
      route.fulfill({ json: many.page(route.request().url()) }),
    );
    await page.route(/\/v1\/resources\/web\/shop-/, (route) => {
      const name = new URL(route.request().url()).pathname.split('/').at(-1);
      const detail = { dependants: { names: [], count: 0 }, steps: [], instances: [] };
      return route.fulfill({ json: { ...many.row(`web/${name}`), ...detail } });
    });
    await visitor.signIn(stage.address, stage.tokenOf('operator'), '/resources');
    const rows = page.locator('.resource-line');
    const list = page.locator('.virtual-list');
    await page.getByText('web/shop-00003').waitFor();
    const inPage = () => page.evaluate('document.querySelectorAll("*").length');
    expect(await rows.count()).toBeLessThan(60);
    expect(await inPage()).toBeLessThan(1_500);
    await waitFor(
      async () => {
        await list.focus();
        await page.keyboard.press('End');
        return (await page.getByText('web/shop-09999').count()) === 1;
      },
      { what: 'the last one to be seen' },
    );
    expect(await rows.count()).toBeLessThan(60);
    expect(await inPage()).toBeLessThan(1_500);
    await page.getByLabel('whose name has').fill('shop-0512');
    await page.getByText('10 are like that.').waitFor();
    expect(await rows.getByRole('link').first().textContent()).toBe('web/shop-05120');
    await visitor.isAccessible();
    expect(visitor.problems).toEqual([]);
  });
});

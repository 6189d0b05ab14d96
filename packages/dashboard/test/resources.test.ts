import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, Visitor } from './browser.ts';
import { Stage } from './stage.ts';

const stage = new Stage();

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

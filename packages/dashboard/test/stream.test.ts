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

describe('what is shown', () => {
  test('goes on by asking while the stream is down, and says so', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    let isBlocked = true;
    await page.route('**/v1/stream', (route) => (isBlocked ? route.abort() : route.continue()));
    await page.reload();
    await page.locator('[data-link="polling"]').waitFor();
    await page.getByText('Reconnecting').waitFor();
    await stage.breakService();
    await page.getByRole('heading', { name: 'One repair waits for your answer' }).waitFor();
    await visitor.isAccessible();
    isBlocked = false;
    await visitor.isLive();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await waitFor(() => stage.serviceAnswers(), { what: 'the service to be repaired' });
    expect(visitor.problems).toEqual([]);
  });

  test('tells of a refused configuration, and of ways to people that deliver nothing', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    const at = Date.now();
    const now = {
      paused: null,
      refusedConfiguration: { at, code: 'configuration-invalid', reason: 'prunella.yaml:3:1: no such key' },
      deadChannels: [{ channel: 'mail', since: at, error: 'connection refused', waiting: 2 }],
      states: { ok: 2 },
      explanations: [],
      more: 0,
    };
    // A stand-in for the first event of the stream of a healer in that state.
    await page.route('**/v1/stream', (route) =>
      route.fulfill({
        contentType: 'text/event-stream',
        body: `event: now\ndata: ${JSON.stringify(now)}\n\n`,
      }),
    );
    await page.route('**/v1/explanations*', (route) => route.fulfill({ json: { ...now, known: 2 } }));
    await page.goto(stage.address);
    await page.getByLabel('Token').fill(stage.tokenOf('operator'));
    await page.keyboard.press('Enter');
    const notices = page.getByRole('region', { name: 'Notices' });
    await notices.getByText('Nobody is told by mail').waitFor();
    await notices.getByText('A new configuration is refused').click();
    await notices.getByText('prunella.yaml:3:1: no such key').waitFor();
    await visitor.isAccessible();
    expect(visitor.problems).toEqual([]);
  });

  test('is never old as if it were fresh: without a healer it says as of when it is, and nothing can be ordered', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    const tried: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET') tried.push(request.url());
    });
    await stage.killHealer();
    await page.locator('[data-link="stale"]').waitFor();
    await page.getByText(/What you see is as of \d\d:\d\d:\d\d and may be over/).waitFor();
    await visitor.isAccessible();
    await page.getByRole('button', { name: 'Stop all repairs' }).click();
    const dialog = page.getByRole('dialog');
    const button = dialog.getByRole('button', { name: 'Stop all repairs' });
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await dialog.getByText('The healer cannot be reached, and what is shown may be over.').waitFor();
    await button.click({ force: true });
    await visitor.isAccessible();
    expect(tried).toEqual([]);
    await dialog.getByRole('button', { name: 'Leave it as it is' }).click();

    await stage.startHealer();
    await visitor.isLive();
    expect(await page.getByText(/may be over/).count()).toBe(0);
    await stage.breakService();
    await page.getByRole('heading', { name: 'One repair waits for your answer' }).waitFor();
    expect(visitor.problems).toEqual([]);
  });
});

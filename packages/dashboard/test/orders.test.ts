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

async function paused(): Promise<{ by: string; reason: string } | null> {
  const answer = (await stage.ask('/v1/explanations')) as { paused: { by: string; reason: string } | null };
  return answer.paused;
}

describe('what a person orders on the page', () => {
  test('the kill switch: says what will happen, stops everything, is seen by others at once, and is lifted', async (context) => {
    const anna = await Visitor.come(context);
    const ben = await Visitor.come(context);
    await anna.signIn(stage.address, stage.tokenOf('operator'));
    await ben.signIn(stage.address, stage.tokenOf('operator'), '/incidents');

    await anna.page.getByRole('button', { name: 'Stop all repairs' }).click();
    const dialog = anna.page.getByRole('dialog', { name: 'Stop all repairs?' });
    await dialog.getByText('No repair is in flight now').waitFor();
    await anna.isAccessible();
    await dialog.getByRole('button', { name: 'Leave it as it is' }).click();
    expect(await paused()).toBe(null);

    await anna.page.getByRole('button', { name: 'Stop all repairs' }).click();
    await dialog.getByLabel(/Why/).fill('the network is being changed');
    await dialog.getByRole('button', { name: 'Stop all repairs' }).click();
    await anna.page
      .getByText(/All repairs are stopped/)
      .first()
      .waitFor();
    expect(await paused()).toMatchObject({ reason: 'the network is being changed' });
    await ben.page.getByText('the network is being changed').waitFor();
    await ben.isAccessible();

    await ben.page.getByRole('button', { name: 'Resume repairs' }).click();
    await ben.page.getByRole('dialog').getByRole('button', { name: 'Resume repairs' }).click();
    await anna.page.getByRole('button', { name: 'Stop all repairs' }).waitFor();
    expect(await paused()).toBe(null);
    expect([...anna.problems, ...ben.problems]).toEqual([]);
  });

  test('maintenance of a resource, and its end', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await page.getByRole('banner').getByRole('button', { name: 'Maintenance' }).click();
    const dialog = page.getByRole('dialog', { name: 'Begin maintenance' });
    await dialog.getByText('Choose a resource that the healer knows.').waitFor();
    await dialog.getByLabel('Resource').fill('web/blog');
    await dialog.getByLabel('For').selectOption('30');
    await waitFor(async () => (await dialog.getByText('Choose a resource').count()) === 0, {
      what: 'the name',
    });
    await visitor.isAccessible();
    await dialog.getByRole('button', { name: 'Begin maintenance' }).click();
    const card = page.getByRole('region', { name: 'web/blog', exact: true });
    await card.getByText(/in maintenance by/).waitFor();
    await card.getByRole('button', { name: 'End maintenance' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End maintenance' }).click();
    await card.getByRole('button', { name: 'Maintenance', exact: true }).waitFor();
    expect(visitor.problems).toEqual([]);
  });

  test('a deploy that goes on, and its end', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    const card = page.getByRole('region', { name: 'web/blog', exact: true });
    await card.getByRole('button', { name: 'Maintenance' }).click();
    await page.getByRole('dialog').getByLabel('A deploy').check();
    const dialog = page.getByRole('dialog', { name: 'Announce a deploy' });
    await dialog.getByText('Say what is deployed.').waitFor();
    await dialog.getByText('After it only what restores runs').waitFor();
    await dialog.getByLabel('What is deployed').fill('the blog 4.2');
    await visitor.isAccessible();
    await dialog.getByRole('button', { name: 'Announce a deploy' }).click();
    await card.getByText('the blog 4.2 is deployed by operator').waitFor();
    await card.getByRole('button', { name: 'The deploy has ended' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'It has ended' }).click();
    await card.getByText('is deployed by').waitFor({ state: 'detached' });
    expect(visitor.problems).toEqual([]);
  });

  test('also after somebody signed in anew in another window of the same browser', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    const other = await page.context().newPage();
    await other.goto(stage.address);
    await other.getByRole('button', { name: 'operator' }).click();
    await other.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Your session has ended.').waitFor();
    await other.getByLabel('Token').fill(stage.tokenOf('operator'));
    await other.keyboard.press('Enter');
    await other.locator('[data-link="live"]').waitFor();
    await page.evaluate('window.dispatchEvent(new Event("focus"))');
    await visitor.isLive();
    // A third one takes the session's place, as a link does: this window's secret against forgery is an old one.
    const again = { method: 'POST', body: JSON.stringify({ token: stage.tokenOf('operator') }) };
    const headers = { 'content-type': 'application/json' };
    const request = `fetch('/v1/session', ${JSON.stringify({ ...again, headers })}).then(({ status }) => status)`;
    expect(await other.evaluate(request)).toBe(201);
    await page.getByRole('button', { name: 'Stop all repairs' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop all repairs' }).click();
    await page.getByRole('button', { name: 'Resume repairs' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume repairs' }).click();
    await page.getByRole('button', { name: 'Stop all repairs' }).waitFor();
    expect(await paused()).toBe(null);
    expect(visitor.problems).toEqual([]);
  });

  test('nothing, where they may only look: each control says why, and none sends anything', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, await stage.makeToken('wall', 'viewer'));
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET') sent.push(request.url());
    });
    const why = 'wall is a viewer, and this needs an operator.';
    const card = page.getByRole('region', { name: 'web/blog', exact: true });
    const button = card.getByRole('button', { name: 'Maintenance' });
    await button.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    const describedBy = (await button.getAttribute('aria-describedby')) ?? '';
    expect(await page.evaluate(`document.getElementById('${describedBy}').textContent`)).toBe(why);
    await visitor.isAccessible();
    await page.getByRole('button', { name: 'Stop all repairs' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(why).waitFor();
    await dialog.getByLabel(/Why/).press('Enter');
    await dialog.getByRole('button', { name: 'Stop all repairs' }).click({ force: true });
    await visitor.isAccessible();
    expect(sent).toEqual([]);
    expect(await paused()).toBe(null);
    expect(visitor.problems).toEqual([]);
  });

  test('an approval, by keyboard alone', async (context) => {
    const visitor = await Visitor.come(context, { reducedMotion: 'reduce' });
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await stage.breakService();
    await page.getByRole('heading', { name: 'One repair waits for your answer' }).waitFor();
    await page.locator('body').press('Tab');
    const focused = () => page.evaluate('document.activeElement?.textContent?.trim() ?? ""');
    expect(await focused()).toBe('To the content');
    for (let count = 0; count < 30 && (await focused()) !== 'Approve …'; count += 1) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('Approve …');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let count = 0; count < 5 && (await focused()) !== 'Approve'; count += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await waitFor(() => stage.serviceAnswers(), { what: 'the service to be repaired' });
    await page
      .getByText(/repaired by process\.restart/)
      .first()
      .waitFor();
    expect(visitor.problems).toEqual([]);
  });

  test('a rejection: nothing is sent, and the healer has nothing left', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await stage.breakService();
    const question = page.getByRole('region', { name: 'process.restart on shop' });
    await question.getByRole('button', { name: 'Reject' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Why not/).fill('I look at it myself');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    const card = page.getByRole('region', { name: 'web/shop', exact: true });
    await card.getByText('needs you').waitFor();
    expect(await stage.serviceAnswers()).toBe(false);
    await question.waitFor({ state: 'detached' });
    await card.getByRole('button', { name: 'Let it try again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
    await question.getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await waitFor(() => stage.serviceAnswers(), { what: 'the service to be repaired' });
    expect(visitor.problems).toEqual([]);
  });
});

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

describe('the page, over a real outage', () => {
  test('lets nobody in without a token, and says so', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await page.goto(stage.address);
    await page.getByRole('heading', { name: 'Sign in to Prunella' }).waitFor();
    await visitor.isAccessible();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Paste a token first.').waitFor();
    await page.getByLabel('Token').fill('a-guess');
    await page.keyboard.press('Enter');
    await page.getByText('The healer knows no such token.').waitFor();
    expect(await page.getByText('Stop all repairs').count()).toBe(0);
    expect(visitor.problems).toEqual([]);
  });

  test('takes a code from behind the # of a link, which is good once, and leaves it nowhere', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const { code } = (await stage.ask('/v1/session/code', {})) as { code: string };
    await page.goto(`${stage.address}/incidents#sign-in=${code}`);
    await visitor.isLive();
    expect(page.url()).toBe(`${stage.address}/incidents`);
    await page.reload();
    await visitor.isLive();
    expect(asked.filter((url) => url.includes(code))).toEqual([]);
    const stored = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(stored).not.toContain(code);

    await page.getByRole('button', { name: 'operator' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Prunella' }).waitFor();
    await page.goto(`${stage.address}/#sign-in=${code}`);
    await page.getByText('The link did not sign you in').waitFor();
    expect(visitor.problems).toEqual([]);
  });

  test('says that a resource is broken, asks, repairs after a click, and tells the story', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    const sentence = page.getByRole('heading', { level: 1 });
    await page
      .getByText(/not certain/)
      .first()
      .waitFor();
    await visitor.isAccessible();

    await stage.breakService();
    await page.getByRole('heading', { name: 'One repair waits for your answer' }).waitFor();
    await page.getByRole('status').getByText('needs you').waitFor({ state: 'attached' });
    expect(await sentence.textContent()).toContain('needs you');
    const card = page.getByRole('region', { name: 'web/shop', exact: true });
    expect(await card.textContent()).toMatch(
      /Reason.*1 of 1 instance.*Began.*Last fault.*ECONNREFUSED.*Impact.*shop.*Done.*Next/,
    );
    const question = page.getByRole('region', { name: 'process.restart on shop' });
    expect(await question.textContent()).toMatch(
      /1[45]:\d\d left.*1 of the 1 node of web\/shop.*It disrupts.*Line 10 of playbooks\/web\.yaml.*it is a no: nothing is sent/s,
    );
    await visitor.isAccessible();
    await page.emulateMedia({ colorScheme: 'dark' });
    await visitor.isAccessible();
    await page.emulateMedia({ colorScheme: 'light' });

    await question.getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog', { name: 'Run process.restart on shop?' });
    await dialog.getByText('runs on exactly shop').waitFor();
    await visitor.isAccessible();
    expect(await stage.serviceAnswers()).toBe(false);
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await waitFor(() => stage.serviceAnswers(), { what: 'the service to be repaired' });

    const over = page.getByRole('region', { name: 'Over since yesterday' });
    await over.getByText(/repaired by process\.restart/).waitFor();
    expect(await question.count()).toBe(0);
    await over.getByRole('link', { name: 'web/shop' }).click();
    await page.getByText('Run 1: it helped').waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/incidents\/web/);
    expect(visitor.problems).toEqual([]);
  });

  test('shows the incident as a picture, its decisions, the line of its playbook and every event', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    const name = await stage.incidentThatIsOver();
    await visitor.signIn(stage.address, stage.tokenOf('operator'), `/incidents/${encodeURIComponent(name)}`);
    await page.getByText('Run 1: it helped').waitFor();

    await page.getByText(/What was decided, and why/).click();
    await page
      .locator('.decisions')
      .getByText(/approved by/)
      .waitFor();
    await page.getByText('Line 10 of playbooks/web.yaml').click();
    expect(await page.locator('.source-marked').textContent()).toContain('- id: restart');

    const picture = page.getByRole('application', { name: 'Timeline' });
    const lanes = await picture.locator('.lane-name').allTextContents();
    expect(lanes).toEqual(
      expect.arrayContaining(['Incident', 'Applications', 'Probe of one', 'People', 'Step restart']),
    );
    await picture.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const chosen = page.locator('.timeline-chosen');
    const before = await chosen.textContent();
    expect(before).toMatch(/\d\d:\d\d:\d\d.*: /);
    await page.keyboard.press('+');
    await page.getByRole('button', { name: 'Whole' }).waitFor();
    await page.keyboard.press('0');
    expect(await page.getByRole('button', { name: 'Whole' }).count()).toBe(0);

    const events = page.getByRole('list', { name: 'Events, the oldest first' });
    await page.getByLabel('Show').selectOption('people');
    await waitFor(async () => (await events.getByRole('listitem').count()) < 5, { what: 'fewer events' });
    expect(new URL(page.url()).search).toBe('?show=people');
    await events.getByRole('button').first().click();
    await page.getByRole('dialog').getByText('"operator-commanded"').waitFor();
    await visitor.isAccessible();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await visitor.isAccessible();
    await page.setViewportSize({ width: 390, height: 844 });
    await visitor.isAccessible();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(visitor.problems).toEqual([]);
  });

  test('lists incidents as its address filters them, and keeps that over a reload', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await stage.incidentThatIsOver();
    await visitor.signIn(stage.address, stage.tokenOf('operator'), '/incidents');
    const rows = page.locator('.list-row');
    await rows.first().waitFor();
    await visitor.isAccessible();
    await page.getByLabel('Show').selectOption('open');
    await page.getByText('No incident is like that.').waitFor();
    await page.reload();
    await page.getByText('No incident is like that.').waitFor();
    expect(await page.getByLabel('Show').inputValue()).toBe('open');
    await page.goto(`${stage.address}/incidents?resource=web/shop`);
    await rows.first().getByText('web/shop').waitFor();
    await page.goto(`${stage.address}/no/such/page`);
    await page.getByText('there is no GET /no/such/page').waitFor();
    expect(visitor.problems).toEqual([]);
  });
});

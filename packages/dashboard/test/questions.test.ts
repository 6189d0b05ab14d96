import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, Visitor } from './browser.ts';
import { Stage } from './stage.ts';

const stage = new Stage({ approval: '12s' });

beforeAll(() => stage.start());
afterAll(async () => {
  await closeBrowser();
  await stage.end();
});

/** The ladder of the open incident begins anew, and asks again. */
async function askAgain(): Promise<void> {
  const { incidents } = (await stage.ask('/v1/incidents?open=true')) as { incidents: { incident: string }[] };
  await stage.ask(`/v1/incidents/${encodeURIComponent(incidents[0]?.incident ?? '')}/resume`, {});
}

describe('a question that is open in front of somebody', () => {
  test('says so when another person answers it first, and when its time is over', async (context) => {
    const anna = await Visitor.come(context);
    const ben = await Visitor.come(context);
    await anna.signIn(stage.address, stage.tokenOf('operator'));
    await ben.signIn(stage.address, stage.tokenOf('operator'));
    await stage.breakService();
    const dialogOf = async ({ page }: Visitor, answer: string) => {
      await page.getByRole('button', { name: `${answer} …` }).click();
      return page.getByRole('dialog');
    };
    const bens = await dialogOf(ben, 'Approve');
    const annas = await dialogOf(anna, 'Reject');
    await annas.getByRole('button', { name: 'Reject' }).click();
    await bens.getByText('somebody has answered').waitFor();
    expect(await bens.getByRole('button', { name: 'Approve' }).getAttribute('aria-disabled')).toBe('true');
    await ben.isAccessible();
    await bens.getByRole('button', { name: 'Leave it as it is' }).click();
    // The card that opened it has gone: the reader goes on at the view.
    expect(await ben.page.evaluate('document.activeElement?.id')).toBe('view');

    await askAgain();
    const late = await dialogOf(ben, 'Approve');
    await late.getByText(/The time for an answer is over|somebody has answered/).waitFor();
    expect(await late.getByRole('button', { name: 'Approve' }).getAttribute('aria-disabled')).toBe('true');
    await ben.isAccessible();
    await late.getByRole('button', { name: 'Leave it as it is' }).click();
    await ben.page.getByText('needs you').first().waitFor();
    expect(await stage.serviceAnswers()).toBe(false);
    expect([...anna.problems, ...ben.problems]).toEqual([]);
  });

  test('is answered once, though the first answer of the healer was lost on its way', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await askAgain();
    const sent: (string | undefined)[] = [];
    await page.route('**/approve', async (route) => {
      sent.push(route.request().headers()['idempotency-key']);
      const answer = await route.fetch();
      await (sent.length === 1 ? route.abort() : route.fulfill({ response: answer }));
    });
    await page.getByRole('button', { name: 'Approve …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await waitFor(() => stage.serviceAnswers(), { what: 'the service to be repaired' });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(sent).toHaveLength(2);
    expect(sent[0]).toMatch(/\S/);
    expect(sent[1]).toBe(sent[0]);
    expect(visitor.problems).toEqual([]);
  });
});

import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, Visitor } from './browser.ts';
import { Stage } from './stage.ts';

// Long enough that somebody can stop all repairs meanwhile, also on a slow machine.
const stage = new Stage({ autonomy: 'auto', settle: '8s' });

beforeAll(() => stage.start());
afterAll(async () => {
  await closeBrowser();
  await stage.end();
});

describe('a stop of all repairs while one is in flight', () => {
  test('says that it cannot be cancelled, shows it as still running, and its end is verified', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, stage.tokenOf('operator'));
    await stage.breakService();
    const card = page.getByRole('region', { name: 'web/shop', exact: true });
    await card.getByText('being repaired').waitFor();
    await page.getByRole('button', { name: 'Stop all repairs' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop all repairs?' });
    await dialog.getByText('One repair is in flight').waitFor();
    await dialog
      .getByText('process.restart on shop for web/shop: it cannot be cancelled, and runs')
      .waitFor();
    await visitor.isAccessible();
    await dialog.getByRole('button', { name: 'Stop all repairs' }).click();
    const notices = page.getByRole('region', { name: 'Notices' });
    await notices.getByText('still running: process.restart on shop for web/shop').waitFor();
    await visitor.isAccessible();
    await waitFor(() => stage.serviceAnswers(), { what: 'the service that was started before the stop' });
    await page
      .getByRole('region', { name: 'Over since yesterday' })
      .getByText(/repaired by process/)
      .waitFor();
    expect(await notices.textContent()).not.toContain('still running');
    expect(await notices.textContent()).toContain('All repairs are stopped by operator');
    expect(visitor.problems).toEqual([]);
  });
});

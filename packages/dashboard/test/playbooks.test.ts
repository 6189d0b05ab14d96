import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeBrowser, Visitor } from './browser.ts';
import { Stage } from './stage.ts';

const stage = new Stage();

let viewer: string;

beforeAll(async () => {
  await stage.start();
  viewer = await stage.makeToken('reader', 'viewer');
});
afterAll(async () => {
  await closeBrowser();
  await stage.end();
});

/** The field and the coloured lines under it are of one size. */
const isInStep = `(() => {
  const [field] = document.getElementsByClassName('playbook-field');
  const [lines] = document.getElementsByClassName('playbook-lines');
  return field.scrollHeight <= lines.clientHeight && field.clientHeight === lines.clientHeight &&
    field.scrollWidth <= lines.clientWidth;
})()`;
const caretLine = `(({ value, selectionStart }) => value.slice(0, selectionStart).split('\\n').length)(
  document.activeElement)`;

describe('the playbooks in the page', () => {
  test('are listed with their resources and steps, and shown with the line that the address names', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, viewer);
    await page.getByRole('link', { name: 'Playbooks' }).click();
    const row = page.locator('.list-row');
    await row.first().waitFor();
    expect(await row.allTextContents()).toEqual([
      expect.stringMatching(
        /web.*playbooks\/web\.yaml.*1 warning.*For web\/\*: web\/blog, web\/shop.*process\.restart after 0\.3 s, ask/,
      ),
    ]);
    await visitor.isAccessible();
    await row.getByRole('link', { name: 'web' }).click();
    const source = page.getByRole('region', { name: 'Source of web' });
    await source.waitFor();
    expect(await source.locator('#L2').textContent()).toBe('2playbook: web\n');
    expect(await source.locator('#L2 .yaml-key').textContent()).toBe('playbook');

    await page.goto(`${stage.address}/playbooks/web#L10`);
    await source.locator('.playbook-marked').getByText('id').waitFor();
    expect(await source.locator('.playbook-marked').getAttribute('id')).toBe('L10');
    await page.goto(`${stage.address}/playbooks/nothing`);
    await page.getByText('No playbook in force is called so.').waitFor();
    expect(visitor.problems).toEqual([]);
  });

  test('are checked while somebody types, with what to write instead, and nothing is saved', async (context) => {
    const visitor = await Visitor.come(context);
    const { page } = visitor;
    await visitor.signIn(stage.address, viewer, '/playbooks/web');
    await page.getByRole('button', { name: 'Try a change' }).click();
    const field = page.getByRole('textbox', { name: 'Source of web, as you try it' });
    // As the healer itself says it: web/blog has no target.
    await page.getByText('1 warning; it could be used.').waitFor();
    const text = await field.inputValue();
    await field.fill(text.replace('    window:', '    windo:'));
    const problems = page.getByRole('list', { name: 'Problems', exact: true });
    const line = text.split('\n').findIndex((each) => each.includes('window:')) + 1;
    await problems.getByRole('link', { name: `line ${line}` }).waitFor();
    expect(await problems.textContent()).toMatch(/windo.*did you mean window\?/);
    expect(await page.locator('.playbook-wrong').getAttribute('id')).toBe(`L${line}`);
    await page.getByText('1 error: it would not be taken.').waitFor();
    expect(await page.evaluate(isInStep)).toBe(true);
    await problems.getByRole('link').click();
    await waitFor(async () => (await page.evaluate(caretLine)) === line, { what: 'the caret to be there' });
    await field.fill(text.replace('action: process.restart', 'action: process.restrat'));
    await problems.getByText('did you mean process.restart?').waitFor();
    await field.fill(text.replace('    autonomy:', '    with: { service: shop }\n    autonomy:'));
    await problems.getByText('process.restart has no argument service: it takes none').waitFor();
    // A worker goes by the policy of its own file.
    const worker = page.workers()[0]?.url() ?? '';
    const policies = [stage.address, worker].map(async (url) =>
      (await fetch(url)).headers.get('content-security-policy'),
    );
    const [ofPage, ofWorker] = await Promise.all(policies);
    expect(ofPage).toContain("script-src 'self';");
    expect(ofWorker).toBe(ofPage);
    await visitor.isAccessible();
    await page.emulateMedia({ colorScheme: 'dark' });
    await visitor.isAccessible();

    await page.getByRole('button', { name: 'Forget the change' }).click();
    expect(await page.locator('.playbook-wrong').getAttribute('id')).toBe('L10');
    const { text: inForce } = (await stage.ask('/v1/playbooks/web')) as { text: string };
    expect(inForce).toBe(text);
    expect(visitor.problems).toEqual([]);
  });

  test('are lived in a scenario, which tells what would be done when, and is judged', async (context) => {
    const visitor = await Visitor.come(context, { viewport: { width: 390, height: 844 } });
    const { page } = visitor;
    await visitor.signIn(stage.address, viewer, '/playbooks/web');
    await page.getByRole('button', { name: 'Write a scenario' }).click();
    const field = page.getByRole('textbox', { name: 'Scenario' });
    await page.getByRole('button', { name: 'Run the scenario' }).click();
    await page.getByText('It was lived: all is as expected.').waitFor();
    const timeline = page.getByRole('region', { name: /^Timeline/ });
    const told = (await timeline.getByRole('listitem').allTextContents()).join('\n');
    expect(told).toMatch(/^0s.*breaks: unreachable/m);
    expect(told).toMatch(/opened under the playbook web/);
    expect(told).toMatch(/approved by/);
    expect(told).toMatch(/carries out/);
    expect(told).toMatch(/closed: /);
    await visitor.isAccessible();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);

    await field.fill((await field.inputValue()).replace('ends: ok', 'ends: exhausted'));
    await page.getByRole('button', { name: 'Run the scenario' }).click();
    await page.getByText('It was lived: it differs from what was expected.').waitFor();
    const differences = page.getByRole('list', { name: /^Where it differs/ });
    expect(await differences.textContent()).toMatch(/Differs line \d+: ends: expected exhausted: it was ok/);
    await field.fill('scenario: nothing in it\n');
    await page.getByRole('button', { name: 'Run the scenario' }).click();
    await page.getByText('It cannot be lived.').waitFor();
    expect(await page.getByRole('list', { name: 'Why it cannot be lived' }).textContent()).toContain(
      'resources',
    );
    expect(visitor.problems).toEqual([]);
  });
});

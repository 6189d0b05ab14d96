import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findChromium, waitFor } from '@prunella/labs';
import { chromium, type Page } from 'playwright-core';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = join(root, 'docs', 'pictures');

const desk = { width: 1100, height: 760 };
const phone = { width: 390, height: 780 };

const executablePath = findChromium();
if (executablePath === null) {
  process.stderr.write(
    'screenshots: there is no chromium on the PATH; on Debian: apt-get install chromium\n',
  );
  process.exit(1);
}
await mkdir(folder, { recursive: true });
process.stdout.write('starting the demo ...\n');
let output = '';
const demo = spawn(
  process.execPath,
  ['--conditions=prunella-source', join(root, 'demo', 'main.ts'), '--memory-cache', '--stay', '--no-open'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
demo.stdout.setEncoding('utf8').on('data', (text: string) => {
  output += text;
});
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  await takePictures();
} finally {
  await browser.close();
  demo.kill('SIGINT');
  if (demo.exitCode === null) await once(demo, 'exit');
}

async function takePictures(): Promise<void> {
  const address = await waitFor(() => /http:\S+#sign-in=\S+/.exec(output)?.[0], {
    what: 'the address of the page',
    deadlineMs: 60_000,
  });
  const context = await browser.newContext({ viewport: desk });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(address);
  await waitFor(() => output.includes('break things by the page'), {
    what: 'the first outage to be over',
    deadlineMs: 90_000,
  });
  await page.getByRole('button', { name: 'Kill the database' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Kill the database' }).click();
  await page.getByRole('region', { name: 'postgres/main', exact: true }).waitFor();
  await page
    .getByText(/being (?:repaired|verified)/)
    .first()
    .waitFor();
  await take(page, 'page-now');
  await take(page, 'page-now-dark', { colorScheme: 'dark' });
  await take(page, 'page-now-phone', { viewport: phone });
  const over = page.getByRole('region', { name: 'Over since yesterday' });
  await page.getByRole('region', { name: 'postgres/main', exact: true }).waitFor({ state: 'detached' });
  await over.getByRole('link', { name: 'postgres/main' }).first().click();
  await page.getByText(/Run 1: it helped/).waitFor();
  await page.locator('figure.timeline').waitFor();
  await take(page, 'page-incident');
  await page.getByRole('link', { name: 'Resources', exact: true }).first().click();
  await page.getByRole('link', { name: 'postgres/main' }).click();
  await page.getByRole('heading', { name: 'Who needs what' }).waitFor();
  await take(page, 'page-resource', { isWhole: true });
  await page.getByRole('link', { name: 'Playbooks', exact: true }).click();
  await page.locator('.list-row a').first().click();
  await page.getByRole('button', { name: 'Try a change' }).click();
  const field = page.getByRole('textbox', { name: /^Source of/ });
  await field.fill((await field.inputValue()).replace('soak:', 'soaks:'));
  await page.getByText('it would not be taken').waitFor();
  // Typing has scrolled both.
  await page.evaluate('scrollTo(0, 0); document.querySelector(".playbook-source").scrollTop = 0');
  await take(page, 'page-playbook');
}

interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
  /** The page from its head to its foot, and not only what is seen at once. */
  readonly isWhole?: boolean;
}

async function take(page: Page, name: string, look: Look = {}): Promise<void> {
  const path = join(folder, `${name}.png`);
  await page.emulateMedia({ colorScheme: look.colorScheme ?? 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(look.viewport ?? desk);
  await page.screenshot({ path, fullPage: look.isWhole ?? false });
  await page.setViewportSize(desk);
  process.stdout.write(`${path}\n`);
}

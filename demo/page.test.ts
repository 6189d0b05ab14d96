import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium, notRun, waitFor } from '@prunella/labs';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';

test('the demo opens a page that is signed in, shows the healing, and breaks the database again by a button', async (context) => {
  const executablePath = findChromium();
  if (executablePath === null) notRun(context, 'needs chromium on the PATH');
  const folder = mkdtempSync(join(tmpdir(), 'prunella-demo-page-'));
  let output = '';
  const demo = spawn(
    process.execPath,
    ['--conditions=prunella-source', join(import.meta.dirname, 'main.ts'), '--memory-cache', '--stay'],
    { env: { ...process.env, TMPDIR: folder }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  demo.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  context.onTestFinished(async () => {
    demo.kill('SIGINT');
    if (demo.exitCode === null) await once(demo, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  const address = await waitFor(() => /http:\S+#sign-in=\S+/.exec(output)?.[0], {
    what: 'the address of the page',
    deadlineMs: 60_000,
  });
  // Its sandbox wants privileges that root in a container does not have; it only ever loads our own page.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  context.onTestFinished(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(address);
  await page.locator('[data-link="live"]').waitFor();
  expect(page.url()).not.toContain('sign-in');

  // The first break is the demo's own.
  await page.getByRole('region', { name: 'Over since yesterday' }).getByText('postgres/main').waitFor();
  await waitFor(() => output.includes('break things by the page'), { what: 'the demo to stay' });
  await page.getByRole('button', { name: 'Kill the database' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Kill the database' }).click();
  await page
    .getByText(/after operator began the drill kill-database/)
    .first()
    .waitFor();
  await waitFor(() => output.match(/^ *closed: .*thanks to|closed: /gm)?.length === 2, {
    what: 'the second break to be healed',
    deadlineMs: 60_000,
  });
  await page.getByRole('heading', { level: 1 }).getByText(/ok/).waitFor();
}, 180_000);

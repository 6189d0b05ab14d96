import { findChromium, notRun } from '@prunella/labs';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, type TestContext } from 'vitest';

let browser: Promise<Browser> | null = null;

/** One browser for all tests of a file. Leaves the test out, with the reason, where there is no Chromium. */
function openBrowser(context: TestContext): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) notRun(context, 'needs chromium on the PATH');
  // Its sandbox wants privileges that root in a container does not have; it only ever loads our own page.
  browser ??= chromium.launch({ executablePath, args: ['--no-sandbox'] });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  const open = browser;
  browser = null;
  await (await open)?.close();
}

/** Somebody with a browser of their own: nobody's cookies, and all that went wrong in it. */
export class Visitor {
  readonly page: Page;
  /** What the page's scripts failed at, and what its policy forbade. */
  readonly problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
  }

  static async come(context: TestContext, options: BrowserContextOptions = {}): Promise<Visitor> {
    const own = await (await openBrowser(context)).newContext({
      viewport: { width: 1180, height: 860 },
      ...options,
    });
    context.onTestFinished(() => own.close());
    const visitor = new Visitor(await own.newPage());
    await visitor.#watch();
    return visitor;
  }

  async #watch(): Promise<void> {
    this.page.on('pageerror', (error) => this.problems.push(String(error)));
    this.page.on('console', (message) => {
      // An answer that is a refusal is told there by the browser itself, whatever the page makes of it.
      if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
      this.problems.push(message.text());
    });
    await this.page.exposeFunction('tellViolation', (text: string) => this.problems.push(text));
    await this.page.addInitScript(`
      document.addEventListener('securitypolicyviolation', (event) =>
        window.tellViolation('policy: ' + event.violatedDirective + ' ' + event.blockedURI));
    `);
  }

  /** Comes to the page and trades a token for a session. */
  async signIn(address: string, token: string, path = '/'): Promise<void> {
    await this.page.goto(address + path);
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.isLive();
  }

  async isLive(): Promise<void> {
    await this.page.locator('[data-link="live"]').waitFor();
  }

  /** Fails with every rule of axe that what is shown now breaks. */
  async isAccessible(): Promise<void> {
    await this.page.evaluate(axe.source);
    const found = (await this.page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
      violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[];
    };
    const told = found.violations.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
    expect(told).toEqual([]);
  }
}

import { waitFor } from '@prunella/labs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { taskTimes, traceCategories } from './task-times.ts';

/** What a page went through while it was watched, in ms. */
export interface Watched {
  /** From frame to frame. */
  readonly frames: readonly number[];
  /** The processor time of each task of the page's own thread. */
  readonly tasks: readonly number[];
  /** From the moment of an input to its first listener. */
  readonly inputDelays: readonly number[];
}

const watching = `(() => {
  const watched = { frames: [], inputDelays: [] };
  let last = performance.now();
  let isOver = false;
  const frame = (now) => {
    watched.frames.push(now - last);
    last = now;
    if (!isOver) requestAnimationFrame(frame);
  };
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });
  const delay = ({ timeStamp }) => watched.inputDelays.push(Math.max(0, performance.now() - timeStamp));
  addEventListener('pointermove', delay, { capture: true, passive: true });
  globalThis.endWatching = () => {
    isOver = true;
    removeEventListener('pointermove', delay, { capture: true });
    return watched;
  };
})()`;

/** Somebody signed in, in a Chromium of the machine. */
export class BenchVisitor {
  readonly page: Page;
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  static async come(browser: Browser, address: string, token: string): Promise<BenchVisitor> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const answer = await context.request.post(`${address}/v1/session`, { data: { token } });
    if (!answer.ok()) throw new Error(`no session: ${answer.status()} ${await answer.text()}`);
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    return new BenchVisitor(context, page);
  }

  /** From the navigation to the first frame after something that fits the selector is there, in ms. */
  async timeTo(url: string, selector: string): Promise<number> {
    await this.page.goto(url, { waitUntil: 'commit' });
    return (await this.page.evaluate(`new Promise((resolve) => {
      const look = () => document.querySelector(${JSON.stringify(selector)}) === null
        ? requestAnimationFrame(look)
        : requestAnimationFrame(() => resolve(performance.now()));
      look();
    })`)) as number;
  }

  /** Resolves when a list says that it has so many entries or more, whether or not they are in the page. */
  async listsAtLeast(count: number): Promise<void> {
    if (count === 0) return;
    const isThere = `[...document.querySelectorAll('[aria-setsize]')].some((row) => Number(row.ariaSetSize) >= ${count})`;
    await waitFor(() => this.page.evaluate(isThere), { what: `a list of ${count}`, deadlineMs: 60_000 });
  }

  async watch(act: () => Promise<void>): Promise<Watched> {
    const browser = this.#context.browser();
    await browser?.startTracing(this.page, { categories: traceCategories });
    await this.page.evaluate(watching);
    await act();
    const seen = (await this.page.evaluate('endWatching()')) as Omit<Watched, 'tasks'>;
    const trace = await browser?.stopTracing();
    return { ...seen, tasks: taskTimes(trace?.toString('utf8') ?? '') };
  }

  /** Scrolls down what fits the selector, as by a finger that does not stop. */
  async scroll(selector: string, pixels: number, pixelsPerSecond: number): Promise<void> {
    const scrolled = this.page.locator(selector).first();
    await scrolled.scrollIntoViewIfNeeded();
    const box = await scrolled.boundingBox();
    if (box === null) throw new Error(`nothing to scroll: ${selector}`);
    const session = await this.#context.newCDPSession(this.page);
    await session.send('Input.synthesizeScrollGesture', {
      x: Math.round(box.x + box.width / 2),
      y: Math.round(box.y + Math.min(box.height / 2, 200)),
      yDistance: -pixels,
      speed: pixelsPerSecond,
      preventFling: true,
    });
    await session.detach();
  }

  /** What JavaScript holds after a collection, in bytes. */
  async heapBytes(): Promise<number> {
    const session = await this.#context.newCDPSession(this.page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    await session.detach();
    return usedSize;
  }

  async end(): Promise<void> {
    await this.#context.close();
  }
}

export function openChromium(executablePath: string): Promise<Browser> {
  // Its sandbox wants privileges that root in a container does not have; it only ever loads our own page.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

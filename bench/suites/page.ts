import { findChromium } from '@prunella/labs';
import type { Browser } from 'playwright-core';
import { interleave, median, percentile } from '../measure.ts';
import { firstLoadBytes } from '../page/first-load.ts';
import { FloorServer } from '../page/floor.ts';
import { watchLive } from '../page/live-updates.ts';
import { MeasuredHealer } from '../page/measured-healer.ts';
import { BenchVisitor, openChromium, type Watched } from '../page/visitor.ts';
import { type Bar, judged, type Row } from '../row.ts';
import type { NotHad, Suite } from '../suite.ts';

const resources = 10_000;
const events = 5_000;
const longTaskMs = 50;
const scrolledPixels = 20_000;
const pixelsPerSecond = 6_000;
const kibibyte = 1_024;
const mebibyte = kibibyte * kibibyte;

const fixed = (value: number): Bar => ({ rule: 'at most', value, from: 'fixed' });
const soon = fixed(1_000);
/** Two frames of a screen with 60 a second: one may be missed. */
const twoFramesMs = 2_000 / 60 + 0.1;

export const pageSuite: Suite = {
  notMeasured: [
    'Other dashboards: none of the peers that do the same job shows incidents, evidence and resources in one page.',
    'Networks: browser and healer are on one machine, so that the size of the first load costs nothing here.',
    'Graphics: Chromium draws without a screen and without a graphics processor, all of it on the same cores.',
    'Phones, Firefox and Safari.',
  ],
  async measure({ full, say }) {
    const executablePath = findChromium();
    const size = judged({
      figure: 'first load, packed',
      ours: firstLoadBytes() / kibibyte,
      peer: null,
      peerName: 'none',
      bar: fixed(120),
      unit: 'KB',
    });
    if (executablePath === null) {
      const notHad: NotHad = { what: 'the page in a browser', why: 'there is no chromium on the PATH' };
      return { rows: [size], conditions: [], notHad: [notHad] };
    }
    const rounds = full ? 15 : 5;
    const healer = new MeasuredHealer(resources);
    const floor = new FloorServer();
    const browser = await openChromium(executablePath);
    try {
      say(`a healer with ${resources} resources ...`);
      await healer.start();
      const address = await floor.start();
      const parts = { healer, browser, floor: address, rounds, say };
      return { rows: [size, ...(await inBrowser(parts))], conditions: conditionsOf(rounds) };
    } finally {
      await browser.close();
      floor.end();
      await healer.end();
    }
  },
};

interface Parts {
  readonly healer: MeasuredHealer;
  readonly browser: Browser;
  /** Address of the pages beside ours. */
  readonly floor: string;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

async function inBrowser(parts: Parts): Promise<readonly Row[]> {
  const { healer, browser, rounds, say } = parts;
  const come = () => BenchVisitor.come(browser, healer.address, healer.tokenOf('operator'));
  await healer.reportOn(0, 1_000, 'ok');
  say('first content ...');
  const opened = await firstContent(parts, await come());
  say('scrolling resources ...');
  const inResources = await scrolled(parts, await come(), `${healer.address}/resources`, 1);
  say(`an incident of ${events} events ...`);
  const incident = await healer.liveIncident(events);
  const path = `${healer.address}/incidents/${encodeURIComponent(incident)}`;
  const inIncident = await scrolled(parts, await come(), path, events);
  say('100 events a second ...');
  const visitor = await come();
  await visitor.timeTo(`${healer.address}/`, '.sentence');
  const idle = await visitor.watch(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
  const live = await watchLive(healer, visitor, 2 * rounds);
  const heap = await visitor.heapBytes();
  await visitor.end();
  return [
    ...opened,
    ...fluencyRows(`scrolling ${resources} resources`, inResources.ours, inResources.floor),
    heapRow(`heap after scrolling ${resources} resources`, inResources.heapBytes),
    ...fluencyRows(`scrolling an incident of ${events} events`, inIncident.ours, inIncident.floor),
    heapRow(`heap with an incident of ${events} events`, inIncident.heapBytes),
    ...fluencyRows('100 events a second', live, { watched: idle, name: 'the same page at rest' }),
    judged({
      figure: '100 events a second, input delay p95',
      ours: percentile(live.inputDelays, 95),
      peer: null,
      peerName: 'none',
      bar: fixed(longTaskMs),
      unit: 'ms',
    }),
    heapRow(`heap after ${2 * rounds * 100} events`, heap),
  ];
}

async function firstContent(
  { healer, floor, rounds }: Parts,
  visitor: BenchVisitor,
): Promise<readonly Row[]> {
  const times = await interleave(
    {
      now: () => visitor.timeTo(`${healer.address}/`, '.sentence'),
      resources: () => visitor.timeTo(`${healer.address}/resources`, '.resource-line'),
      floor: () => visitor.timeTo(floor, '.there'),
    },
    { rounds: 2 * rounds, warmUpRounds: 1 },
  );
  await visitor.end();
  const row = (figure: string, ours: readonly number[]) =>
    judged({
      figure: `from navigation to ${figure}`,
      ours: median(ours),
      peer: median(times.floor),
      peerName: 'a page of one line',
      bar: soon,
      unit: 'ms',
    });
  return [
    row('the sentence on everything', times.now),
    row(`the first of ${resources} resources`, times.resources),
  ];
}

/** Where even the other page misses frames, the machine has other work. */
function fluent(floorMs: number): Bar {
  const value = 1.5 * floorMs;
  return value > twoFramesMs ? { rule: 'at most', value, from: '1.5 times the peer' } : fixed(twoFramesMs);
}

interface Beside {
  readonly watched: Watched;
  readonly name: string;
}

async function scrolled({ floor, rounds }: Parts, visitor: BenchVisitor, url: string, rows: number) {
  const list = '.virtual-list';
  const seen = { ours: [] as Watched[], floor: [] as Watched[] };
  const take = (into: Watched[], address: string, ready: string, box: string, least: number) => async () => {
    await visitor.timeTo(address, ready);
    await visitor.listsAtLeast(least);
    const watched = await visitor.watch(() => visitor.scroll(box, scrolledPixels, pixelsPerSecond));
    into.push(watched);
    return percentile(watched.frames, 95);
  };
  let heapBytes = 0;
  const ours = take(seen.ours, url, `${list} li`, list, rows);
  await interleave(
    {
      ours: async () => {
        const figure = await ours();
        heapBytes = await visitor.heapBytes();
        return figure;
      },
      floor: take(seen.floor, `${floor}/rows`, '.box', '.box', 0),
    },
    // The first of each warms up, and is dropped below.
    { rounds, warmUpRounds: 1 },
  );
  await visitor.end();
  return {
    ours: together(seen.ours.slice(1)),
    floor: { watched: together(seen.floor.slice(1)), name: 'plain rows without a script' },
    heapBytes,
  };
}

function together(all: readonly Watched[]): Watched {
  return {
    frames: all.flatMap(({ frames }) => frames),
    tasks: all.flatMap(({ tasks }) => tasks),
    inputDelays: all.flatMap(({ inputDelays }) => inputDelays),
  };
}

function fluencyRows(figure: string, ours: Watched, { watched, name }: Beside): readonly Row[] {
  return [
    judged({
      figure: `${figure}, frame p95`,
      ours: percentile(ours.frames, 95),
      peer: percentile(watched.frames, 95),
      peerName: name,
      bar: fluent(percentile(watched.frames, 95)),
      unit: 'ms',
    }),
    judged({
      figure: `${figure}, page thread busy (processor time)`,
      ours: busyShare(ours),
      peer: busyShare(watched),
      peerName: name,
      bar: fixed(50),
      unit: '%',
    }),
    judged({
      figure: `${figure}, longest task (processor time)`,
      ours: longest(ours),
      peer: longest(watched),
      peerName: name,
      bar: fixed(longTaskMs),
      unit: 'ms',
    }),
  ];
}

function longest({ tasks }: Watched): number {
  return tasks.reduce((most, each) => Math.max(most, each), 0);
}

/** How much of the time the page's thread computed: what is left is room for more. */
function busyShare({ tasks, frames }: Watched): number {
  const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);
  return (100 * sum(tasks)) / sum(frames);
}

function heapRow(figure: string, bytes: number): Row {
  return judged({
    figure,
    ours: bytes / mebibyte,
    peer: null,
    peerName: 'none',
    bar: fixed(50),
    unit: 'MB',
  });
}

function conditionsOf(rounds: number): readonly string[] {
  return [
    'First load: `index.html` and all that it names statically, each packed by gzip at its best.',
    `A real \`prunella up\` with ${resources} resources, 1,000 of which are reported on; Chromium of the machine without a screen, 1280 by 900; somebody is signed in already. By the clock on the wall, on the same cores as healer and bench.`,
    `Navigation: to the first frame after what is named is in the page; the browser has the page’s files from before; medians of ${2 * rounds}.`,
    `Scrolling: ${scrolledPixels} pixels at ${pixelsPerSecond} a second, by the browser’s own gesture; frames are counted by \`requestAnimationFrame\`, tasks of the page’s thread by the browser’s \`longtask\`, which tells those above 50 ms; all frames of ${rounds} rounds together, after one to warm up, turn by turn with the page beside.`,
    `The incident: all its events are in the page before it is scrolled. It was opened by reports, then ${events} signals about its resource and changing reports, all in the healer’s own log.`,
    `100 events a second: each report turns another of 100 resources, for ${2 * rounds} s, while a pointer moves over the page \`Now\`; input delay from an event’s time stamp to its first listener.`,
    'Heap: what JavaScript holds after a collection that was asked for.',
  ];
}

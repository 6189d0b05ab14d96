import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitFor } from '@prunella/labs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHealer } from '../../src/healer/start-healer.ts';
import { recordingBackend } from '../healer/recording-backend.ts';
import { workshop } from '../healer/workshop.ts';
import { PseudoTerminal } from './pseudo-terminal.ts';
import { runCommand } from './run-command.ts';

const playbook = `
playbook: database
for: postgres/*
open:
  confirm: none
  signals: [alert]
  graceAfterStart: 0s
ladder:
  - action: recording.repair
    id: restart
    after: 1h
    target: '*'
`;

async function healer() {
  const port = await freePort();
  const resources = ['main', 'replica'].map(
    (name) => `  postgres/${name}: { nodes: { one: { target: m1 } } }\n`,
  );
  const { folder, configurationFile } = workshop({
    configuration: `server: { port: ${port} }\nresources:\n${resources.join('')}`,
  });
  writeFileSync(join(folder, 'playbooks', 'database.yaml'), playbook);
  const start = () =>
    startHealer({ configurationFile, backends: [recordingBackend(async () => {}).backend] });
  let running = await start();
  onTestFinished(() => running.stop());
  let signals = 0;
  return {
    environment: { PRUNELLA_CONFIG: configurationFile },
    get engine() {
      if (running.engine === undefined) throw new Error('it does not heal here');
      return running.engine;
    },
    async alert(resource: string, summary: string) {
      signals += 1;
      const id = `${summary} ${signals}`;
      const signal = { id, source: 'test', type: 'alert', resource, status: 'firing', summary } as const;
      expect(await this.engine.signal(signal)).toMatchObject({ accepted: true });
    },
    stop: () => running.stop(),
    async startAgain() {
      running = await start();
    },
  };
}

describe('prunella watch in a terminal', () => {
  test('shows the fleet in a sentence, what is not ok with a countdown, and the events', async () => {
    const fleet = await healer();
    const terminal = new PseudoTerminal(['watch'], fleet);
    await terminal.shows(/live\n.*postgres/s);
    expect(terminal.isAlternate).toBe(true);
    await fleet.alert('postgres/main', 'the disk is broken');
    await terminal.shows(/2 of 2 resources are not ok/);
    await terminal.shows(/^postgres\/main {2}open for .* s/m);
    await terminal.shows(/next {2}restart \(recording\.repair\), in \d+ min/);
    await terminal.shows(/Events\n.*Z {2}postgres\/main {2}.*the disk is broken/s);
    const countdown = () => /in (\d+ min(?: \d+ s)?)/.exec(terminal.text)?.[1];
    const before = countdown();
    await waitFor(() => countdown() !== before, { what: 'the countdown to go on' });
    terminal.press('q');
    expect(await terminal.ended()).toEqual({ exit: 0, modesRestored: true });
    expect(terminal.isAlternate).toBe(false);
    expect(terminal.written).toSatisfy((all: string) => all.endsWith('\u001b[?25h\u001b[?1049l'));
  });

  test('shows what went before to who comes in the middle of an incident', async () => {
    const fleet = await healer();
    await fleet.alert('postgres/main', 'the disk is broken');
    const terminal = new PseudoTerminal(['watch'], fleet);
    await terminal.shows(/Events\n.*the disk is broken/s);
    terminal.press('\u0003');
    expect(await terminal.ended()).toEqual({ exit: 0, modesRestored: true });
  });

  test('fits on 80 columns and on fewer, and follows the size of the window', async () => {
    const fleet = await healer();
    await fleet.alert('postgres/main', `broken${' and again'.repeat(40)}`);
    const terminal = new PseudoTerminal(['watch'], { ...fleet, columns: 80, rows: 24 });
    await terminal.shows(/broken and again/);
    expect(terminal.lines[23]).toMatch(/^q quits/);
    terminal.resize(50, 12);
    await terminal.shows(/^prunella watch.*\n(?:.*\n){10}q quits.*…?$/);
    expect(terminal.text).toContain('…');
  });

  test('says when the healer is gone, comes back by itself, and has missed nothing', async () => {
    const fleet = await healer();
    const terminal = new PseudoTerminal(['watch', 'postgres/main'], fleet);
    await terminal.shows(/ live\n/);
    await fleet.stop();
    await terminal.shows(/NOT CONNECTED\ntrying again in .*: the healer/);
    await fleet.startAgain();
    await fleet.alert('postgres/main', 'told while nobody was connected');
    await terminal.shows(/ live\n.*told while nobody was connected/s);
  });

  test('leaves the terminal as it was also where it is ended from outside', async () => {
    const fleet = await healer();
    const terminal = new PseudoTerminal(['watch'], fleet);
    await terminal.shows(/ live\n/);
    terminal.end();
    expect(await terminal.ended()).toMatchObject({ modesRestored: true });
    expect(terminal.isAlternate).toBe(false);
  });

  test('is in one colour with NO_COLOR', async () => {
    const fleet = await healer();
    const terminal = new PseudoTerminal(['watch'], {
      environment: { ...fleet.environment, NO_COLOR: '1' },
    });
    await terminal.shows(/ live\n/);
    terminal.press('q');
    await terminal.ended();
    expect(terminal.written.split('\u001b').some((part) => /^\[\d*m/.test(part))).toBe(false);
  });

  test('tells of a healer that is not there on the screen that was there', async () => {
    const terminal = new PseudoTerminal(['watch', '--healer', `http://127.0.0.1:${await freePort()}`], {
      environment: {},
    });
    expect(await terminal.ended()).toEqual({ exit: 3, modesRestored: true });
    expect(terminal.written).toContain('cannot be reached');
    expect(terminal.written).not.toContain('\u001b[?1049h');
  });
});

describe('prunella watch without a terminal', () => {
  const program = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

  function piped(words: readonly string[], environment: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, ['--conditions=prunella-source', program, 'watch', ...words], {
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { child, texts, ended };
  }

  test('appends a line for each event, without decoration', async () => {
    const fleet = await healer();
    const { texts } = piped([], fleet.environment);
    await waitFor(() => texts.stdout.includes('\n'), { what: 'the first line' });
    await waitFor(
      async () => {
        await fleet.alert('postgres/main', 'the disk is broken');
        return texts.stdout.includes('the disk is broken');
      },
      { what: 'a line of an event', everyMs: 100 },
    );
    expect(texts.stdout).toMatch(/^\d of 2 resources|^All 2 resources/);
    expect(texts.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2}postgres\/main/m);
    expect(texts.stdout).not.toContain('\u001b');
  });

  test('with --json each event is one line of JSON, and a lost connection is told beside them', async () => {
    const fleet = await healer();
    const { child, texts, ended } = piped(['--json', 'postgres/replica'], fleet.environment);
    const seen = () =>
      texts.stdout
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    await waitFor(
      async () => {
        await fleet.alert('postgres/main', 'not to be seen here');
        await fleet.alert('postgres/replica', 'seen');
        return seen().length > 0;
      },
      { what: 'a line of an event', everyMs: 100 },
    );
    await fleet.stop();
    await waitFor(() => texts.stderr.includes('connection lost'), { what: 'the loss to be told' });
    await fleet.startAgain();
    await waitFor(() => texts.stderr.includes('connected again'), { what: 'the return to be told' });
    await fleet.alert('postgres/replica', 'after the return');
    await waitFor(() => texts.stdout.includes('after the return'), { what: 'the event after it' });
    const sequences = seen().map(({ sequence }) => sequence as number);
    expect(sequences).toEqual([...new Set(sequences)].sort((left, right) => left - right));
    expect(new Set(seen().map(({ resource }) => resource))).toEqual(new Set(['postgres/replica']));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  test('a resource that the healer does not know is refused', async () => {
    const fleet = await healer();
    const { stderr, exitCode } = await runCommand(['watch', 'postgres/mian'], fleet);
    expect(stderr).toContain('did you mean postgres/main?');
    expect(exitCode).toBe(1);
  });
});

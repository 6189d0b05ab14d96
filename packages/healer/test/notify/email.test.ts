import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { findBinary, freePort, notRun, waitFor } from '@prunella/labs';
import PostalMime from 'postal-mime';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { emailConfiguration } from '../../src/notify/channels/email/configuration.ts';
import { emailChannel } from '../../src/notify/channels/email/email-channel.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { mailServer } from './mail-server.ts';
import { messageOf, noticeOf, presentOf } from './messages.ts';

const signal = new AbortController().signal;

function channelTo(port: number, written: Readonly<Record<string, unknown>> = {}, trusted?: string) {
  const configuration = emailConfiguration({ folder: '/' }).parse({
    type: 'email',
    from: 'Prunella <prunella@example.com>',
    to: ['ops@example.com', 'Anna <anna@example.com>'],
    host: '127.0.0.1',
    port,
    security: 'none',
    timeout: '5s',
    ...written,
  });
  const environment = { PASSWORD: 'correct horse' };
  return emailChannel(configuration, { environment, ...(trusted === undefined ? {} : { trusted }) });
}

const withoutTls = { disabledCommands: ['STARTTLS', 'AUTH'] };

/** A certificate for 127.0.0.1 that signed itself. */
async function certificate(context: TestContext) {
  if (findBinary('openssl') === null) notRun(context, 'needs openssl on the PATH, to make a certificate');
  const folder = await temporaryFolder();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`;
  execFileSync('openssl', words.split(' '), { stdio: 'ignore' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

describe('a mail', () => {
  it('says first what is broken and since when, then what comes next and what is left to you', async () => {
    const { received, port } = await mailServer();
    expect(await channelTo(port).send(messageOf([noticeOf()]), undefined, signal)).toMatchObject({
      sent: true,
    });
    expect(received[0]?.recipients).toEqual(['ops@example.com', 'anna@example.com']);
    const mail = await PostalMime.parse(received[0]?.raw ?? '');
    expect(mail.subject).toBe('[needs you] postgres/main broken since 03:12Z');
    expect(mail.from).toMatchObject({ name: 'Prunella', address: 'prunella@example.com' });
    expect(
      mail.text
        ?.split('\n')
        .filter((line) => line !== '')
        .slice(0, 4),
    ).toEqual([
      'postgres/main is broken since 03:12Z (5 min): 3 of 4 instances on 2 hosts are sick (3 unreachable), confirmed by the own probe',
      'Needs you: salt.service.restart on db1.example.com waits for a person; in 15 min the answer is no',
      'Next: salt.service.restart on db1.example.com waits for a person; without an answer it is a no, in 15 min (03:32Z)',
      'You can: prunella approve postgres~main.1.1, prunella reject postgres~main.1.1',
    ]);
    expect(mail.text).toContain(
      '\n    prunella approve postgres~main.1.1\n    prunella reject postgres~main.1.1\n',
    );
    expect(mail.text).toContain('https://prunella.example.com/incidents/postgres~main.1');
    expect(mail.text).toContain('  Impact: 3 of 4 instances (actioner)');
    expect(mail.html).toContain('<strong>postgres/main is broken since 03:12Z');
    const headers = new Map(mail.headers.map(({ key, value }) => [key, value]));
    expect(headers.get('auto-submitted')).toBe('auto-generated');
    expect(headers.get('importance')).toBe('High');
  });

  it('answers the one before it of the same incident, so that they are one thread', async () => {
    const { received, port } = await mailServer();
    const channel = channelTo(port);
    let thread: unknown;
    for (const id of ['msg_1', 'msg_2', 'msg_3']) {
      const sent = await channel.send(messageOf([noticeOf({ id })]), thread, signal);
      if (sent.sent) thread = sent.thread;
    }
    const mails = await Promise.all(received.map(({ raw }) => PostalMime.parse(raw)));
    expect(mails.map(({ messageId, inReplyTo, references }) => [messageId, inReplyTo, references])).toEqual([
      ['<msg_1@example.com>', undefined, undefined],
      ['<msg_2@example.com>', '<msg_1@example.com>', '<msg_1@example.com>'],
      ['<msg_3@example.com>', '<msg_2@example.com>', '<msg_1@example.com> <msg_2@example.com>'],
    ]);
  });

  it('of what is over bears no question any more, and of what is told late says so', async () => {
    const { received, port } = await mailServer();
    const over = presentOf({
      isOpen: false,
      approval: null,
      explanation: null,
      closedAt: Date.UTC(2026, 10, 26, 3, 30),
    });
    const message = messageOf([noticeOf()], { present: over, now: Date.UTC(2026, 10, 26, 4, 0) });
    await channelTo(port).send(message, undefined, signal);
    const { subject, text } = await PostalMime.parse(received[0]?.raw ?? '');
    expect(subject).toBe('[well again] postgres/main broken since 03:12Z');
    expect(text).toMatch(/^postgres\/main is well again after 18 min/);
    expect(text).toContain('Told late: this is of 2026-11-26 03:17:00Z, 43 min ago');
    expect(text).not.toContain('prunella approve');
  });

  it('of many at once names them, those that need a person first', async () => {
    const { received, port } = await mailServer();
    const notices = [
      noticeOf({ kind: 'opened', resource: 'redis/a', incident: 'a', text: 'refused' }),
      noticeOf({ resource: 'redis/b', incident: 'b', text: 'a restart waits' }),
    ];
    await channelTo(port).send(messageOf(notices, { digest: true, dropped: 7 }), undefined, signal);
    const { subject, text } = await PostalMime.parse(received[0]?.raw ?? '');
    expect(subject).toBe('[needs you] many at once: 2 resources, 2 notices; 1 need you');
    expect(text).toMatch(
      /redis\/b: needs you: a restart waits[\s\S]*redis\/a: opened: refused[\s\S]*and 7 more/,
    );
  });

  it('sent again with more in it has another id, since servers leave out what they had', async () => {
    const { received, port } = await mailServer();
    const [opened, asked] = [noticeOf({ id: 'msg_a', kind: 'opened' }), noticeOf({ id: 'msg_b' })];
    for (const notices of [[opened], [opened, asked]]) {
      await channelTo(port).send(messageOf(notices), undefined, signal);
    }
    const mails = await Promise.all(received.map(({ raw }) => PostalMime.parse(raw)));
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(2);
  });

  it('cannot be given headers or markup by what a resource or a server says', async () => {
    const { received, port } = await mailServer();
    const evil = 'x\r\nBcc: thief@example.com\r\n\r\n<script>alert(1)</script>';
    const notice = noticeOf({ kind: 'alarm', resource: null, incident: null, text: evil, explanation: null });
    await channelTo(port).send(messageOf([notice]), undefined, signal);
    expect(received[0]?.recipients).not.toContain('thief@example.com');
    const mail = await PostalMime.parse(received[0]?.raw ?? '');
    expect(mail.bcc).toBeUndefined();
    expect(mail.subject).toBe('[alarm] x Bcc: thief@example.com <script>alert(1)</script>');
    expect(mail.html).not.toContain('<script>');
    expect(mail.headers.map(({ key }) => key)).not.toContain('bcc');
  });

  it.each([
    ['from', 'a@example.com\r\nBcc: b@example.com'],
    ['from', 'nobody'],
    ['to', ['a@example.com, b@example.com']],
  ])('with %s: %j is refused by the configuration', (key, value) => {
    expect(() => channelTo(25, { [key]: value })).toThrow(/must be an address/);
  });
});

describe('an SMTP server', () => {
  it('is spoken with in TLS and logged in to, where that is asked for', async (context) => {
    const pair = await certificate(context);
    const { received, port } = await mailServer({
      ...pair,
      authOptional: false,
      disabledCommands: [],
      onAuth({ username, password }, _session, callback) {
        if (username === 'healer' && password === 'correct horse') callback(null, { user: username });
        else callback(new Error('no'));
      },
    });
    const written = { security: 'starttls', user: 'healer', password: { environment: 'PASSWORD' } };
    expect(
      await channelTo(port, written, pair.cert).send(messageOf([noticeOf()]), undefined, signal),
    ).toMatchObject({
      sent: true,
    });
    expect(received).toMatchObject([{ secure: true, user: 'healer' }]);

    const wrong = await channelTo(port, { ...written, user: 'mallory' }, pair.cert).send(
      messageOf([noticeOf()]),
      undefined,
      signal,
    );
    expect(wrong).toMatchObject({ sent: false, retry: 'channel' });
    expect(JSON.stringify(wrong)).not.toContain('correct horse');

    // Nobody signed this certificate: whoever shows it may be anybody.
    const stranger = await channelTo(port, written).send(messageOf([noticeOf()]), undefined, signal);
    expect(stranger).toMatchObject({
      sent: false,
      retry: 'channel',
      why: expect.stringMatching(/certificate/),
    });
    expect(received).toHaveLength(1);
  });

  it('with TLS from the first byte is spoken with so', async (context) => {
    const pair = await certificate(context);
    const { received, port } = await mailServer({ ...pair, ...withoutTls, secure: true });
    expect(
      await channelTo(port, { security: 'tls' }, pair.cert).send(messageOf([noticeOf()]), undefined, signal),
    ).toMatchObject({ sent: true });
    expect(received).toMatchObject([{ secure: true }]);
  });

  it('that offers no TLS is sent nothing, unless plain text is asked for', async () => {
    const { received, port } = await mailServer();
    const sent = await channelTo(port, { security: 'starttls' }).send(
      messageOf([noticeOf()]),
      undefined,
      signal,
    );
    expect(sent).toMatchObject({ sent: false, retry: 'channel' });
    expect(received).toEqual([]);
  });

  it('that is not there is tried again later', async () => {
    const port = await freePort();
    const sent = await channelTo(port).send(messageOf([noticeOf()]), undefined, signal);
    expect(sent).toMatchObject({ sent: false, retry: 'later', why: expect.stringContaining('ECONNREFUSED') });
  });

  it.each([
    ['a moment', 451, 'later'],
    ['for ever', 550, 'channel'],
  ])('that refuses all recipients for %s (%i) is tried again: %s', async (_, responseCode, retry) => {
    const { port } = await mailServer({
      onRcptTo: (_address, _session, callback) => callback(Object.assign(new Error('no'), { responseCode })),
    });
    expect(await channelTo(port).send(messageOf([noticeOf()]), undefined, signal)).toMatchObject({
      sent: false,
      retry,
    });
  });

  it('that refuses one recipient has the mail for the others, and that is shown', async () => {
    const { received, port } = await mailServer({
      onRcptTo: ({ address }, _session, callback) =>
        callback(address.startsWith('anna') ? Object.assign(new Error('no'), { responseCode: 550 }) : null),
    });
    expect(await channelTo(port).send(messageOf([noticeOf()]), undefined, signal)).toMatchObject({
      sent: true,
      note: 'the server refused anna@example.com',
    });
    expect(received).toHaveLength(1);
  });

  it('that refuses the message itself (554) is not sent it again', async () => {
    const { port } = await mailServer({
      onData(stream, _session, callback) {
        stream.resume();
        stream.on('end', () => callback(Object.assign(new Error('spam'), { responseCode: 554 })));
      },
    });
    expect(await channelTo(port).send(messageOf([noticeOf()]), undefined, signal)).toMatchObject({
      retry: 'never',
    });
  });
});

it('a server that goes on answering for ever is let go of at the time limit', async () => {
  let open = 0;
  const server = createServer((socket) => {
    open += 1;
    socket.on('error', () => {});
    socket.on('close', () => {
      open -= 1;
    });
    socket.write('220 mail.example.com\r\n');
    socket.once('data', () => {
      const dripping = setInterval(() => socket.write('250-and more\r\n'), 20);
      socket.on('close', () => clearInterval(dripping));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const limit = new AbortController();
  const sending = channelTo(port).send(messageOf([noticeOf()]), undefined, limit.signal);
  await waitFor(() => open === 1, { what: 'the connection' });
  limit.abort();
  expect(await sending).toMatchObject({ sent: false, retry: 'later' });
  await waitFor(() => open === 0, { what: 'the connection to be closed', deadlineMs: 3_000 });
});

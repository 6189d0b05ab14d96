import { type Environment, readSecret } from '../../../configuration/secret.ts';
import { type Channel, type Sent, type Unsent, unsent } from '../../channel.ts';
import type { Message } from '../../notice.ts';
import { composeMail, mailThread, threadAfter } from './compose-mail.ts';
import type { EmailConfiguration } from './configuration.ts';

export interface EmailMeans {
  readonly environment: Environment;
  /** Certificates that are trusted (PEM). Default: those of Node, and NODE_EXTRA_CA_CERTS. */
  readonly trusted?: string;
}

/** Mails by SMTP, one thread an incident. nodemailer is loaded with the first of them. */
export function emailChannel(configuration: EmailConfiguration, means: EmailMeans): Channel {
  const { from, to, timeoutMs } = configuration;
  const domain = /@([^>\s]+)/.exec(from)?.[1] ?? 'prunella.invalid';
  return {
    type: 'email',
    gathers: true,
    timeoutMs,
    async send(message: Message, kept: unknown, signal: AbortSignal): Promise<Sent> {
      const password = await passwordOf(configuration, means.environment);
      if (typeof password === 'object') return password;
      const thread = mailThread(kept);
      const mail = composeMail(message, thread, domain);
      const transport = await openTransport(configuration, password, means.trusted);
      try {
        const { references, ...rest } = mail;
        const sent = await transport.sendMail({
          from,
          to: [...to],
          ...rest,
          ...(references === undefined ? {} : { references: [...references] }),
          headers: { 'auto-submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
        });
        const refused = sent.rejected.map(String);
        const note = refused.length === 0 ? {} : { note: `the server refused ${refused.join(', ')}` };
        return { sent: true, thread: threadAfter(mail, thread), ...note };
      } catch (error) {
        if (!signal.aborted) return whyNot(error, configuration);
        const { host, port } = configuration;
        return unsent('later', `${host}:${port}: the mail was not taken within ${timeoutMs} ms`);
      } finally {
        transport.close();
      }
    },
    async close() {},
  };
}

async function passwordOf(
  { password }: EmailConfiguration,
  environment: Environment,
): Promise<string | undefined | Unsent> {
  if (password === undefined) return undefined;
  try {
    return await readSecret(password, environment);
  } catch (error) {
    return unsent('channel', error instanceof Error ? error.message : String(error));
  }
}

/** A connection for each mail: they are rare, and one that lies open for hours is closed by the other side. */
async function openTransport(
  { host, port, security, user, timeoutMs }: EmailConfiguration,
  password: string | undefined,
  trusted: string | undefined,
) {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    // A server that does not end the connection is not waited for.
    socketCloseTimeout: 1_000,
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
    ...(trusted === undefined ? {} : { tls: { ca: trusted } }),
  });
}

/** Of nodemailer's errors: https://nodemailer.com/errors; replies of SMTP by RFC 5321, 4.2.1. */
function whyNot(error: unknown, { host, port }: EmailConfiguration): Unsent {
  const { code, responseCode, message } = error as {
    readonly code?: unknown;
    readonly responseCode?: unknown;
    readonly message?: unknown;
  };
  const why = `${host}:${port}: ${String(message ?? error)}`.slice(0, 500);
  // Temporary, says the server.
  if (typeof responseCode === 'number' && responseCode >= 400 && responseCode < 500)
    return unsent('later', why);
  switch (code) {
    case 'EAUTH':
    case 'ENOAUTH':
    case 'EOAUTH2':
    case 'ETLS':
    case 'EREQUIRETLS':
    case 'EENVELOPE':
    case 'ECONFIG':
      return unsent('channel', why);
    case 'EMESSAGE':
      return unsent('never', why);
    default:
      return unsent(isOfCertificate(error) ? 'channel' : 'later', why);
  }
}

function isOfCertificate(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return code === 'ESOCKET' && /certificate|altname/i.test(String(message));
}

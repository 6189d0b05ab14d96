import { configureReporting, OptionError } from '@prunella/guard';
import { httpService } from '@prunella/guard/http';
import { expect, test } from 'vitest';

function refusalOf(make: () => unknown): OptionError {
  try {
    make();
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const secret = 's3cr/t@pass word';

/** Refused, since a password is not encoded, the scheme is none of ours, or there is none. */
const addresses = [
  `http://ops:${secret}@healer:7766`,
  `amqp://ops:${secret}@healer`,
  `ops:${secret}@healer:7766`,
  `https://healer:port?token=${secret.slice(0, 6)}`,
];

test.each(addresses)('a refused healer shows no credentials: %s', (healer) => {
  for (const given of [healer, [healer]]) {
    const error = refusalOf(() => configureReporting({ service: 'shop', healer: given }));
    expect(error.option).toBe('healer');
    expect(error.message).toContain('healer');
    expect(error.message).not.toMatch(/s3cr|pass|word/);
  }
});

test('nor does the address that a ping asks', () => {
  const error = refusalOf(() => httpService(fetch, { ping: `ftp://ops:${secret}@files/` }));
  expect(error.message).toContain('ftp://***@files/');
  expect(error.message).not.toMatch(/s3cr|pass|word/);
});

test('nor a key that was given in place of its file', () => {
  const caFile = '-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----';
  const error = refusalOf(() => configureReporting({ service: 'shop', caFile }));
  expect(error.message).not.toContain('s3cret');
});

test('nor a token that is no text', () => {
  const token = { toString: () => 's3cret' } as never;
  expect(refusalOf(() => configureReporting({ service: 'shop', token })).message).not.toContain('s3cret');
});

test('what is no secret is shown as it was given', () => {
  const error = refusalOf(() => configureReporting({ service: 'shop', healer: 'tcp://healer:7766' }));
  expect(error.message).toContain('given "tcp://healer:7766"');
});

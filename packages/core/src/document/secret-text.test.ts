import { describe, expect, it } from 'vitest';
import { hasCredentialsInUrl, isSecretName, mayShowSecret } from './secret-text.ts';

describe('what may be a secret', () => {
  it.each([
    'password',
    'pass',
    'dbPassword',
    'DB_PASSWORD',
    'API_KEY',
    'apikey',
    'secretkey',
    'token',
    'tokens',
    'private-key',
    'privatekeys',
    'passwd',
    'passphrase',
    'pwd',
    'secret',
    'secrets',
    'secret_key',
    'secretKeys',
    'api-keys',
    'credential',
    'credentials',
    'db.password',
    'db_token',
  ])('knows %s as the name of one', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'service',
    'keyspace',
    'tokenizer',
    'monkey',
    'secretary',
    'author',
    'key',
    'compass',
    'bypass',
    'passport',
  ])('does not take %s for one', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it('sees a password inside a URL', () => {
    expect(hasCredentialsInUrl('postgres://app:geheim@db/main')).toBe(true);
    expect(hasCredentialsInUrl('postgres://app@db/main')).toBe(false);
    expect(hasCredentialsInUrl('http://127.0.0.1:8000/a@b')).toBe(false);
  });

  it('sees that a piece of a file shows one', () => {
    expect(mayShowSecret('{ type: redis, password: geheim }')).toBe(true);
    expect(mayShowSecret('url: postgres://app:geheim@db/main')).toBe(true);
    expect(mayShowSecret('{ type: redis, port: 6379 }')).toBe(false);
  });
});

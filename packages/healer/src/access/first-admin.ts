import type { AccessRoom } from './access-room.ts';

/** The name under which the first admin is in the audit. */
const firstAdmin = 'first-admin';

/** Null where an admin's token was ever made, whatever became of it. */
export function makeFirstAdmin({ tokens, audit }: AccessRoom): string | null {
  const isAdmin = ({ role }: { readonly role: string }) => role === 'admin';
  if (tokens.list().some(isAdmin) || tokens.configured.some(isAdmin)) return null;
  const { secret } = tokens.create({ name: firstAdmin, role: 'admin' }, 'prunella up', ({ id, name }) => [
    audit.recordOf(
      { name: 'prunella up', role: 'admin', by: 'local' },
      { address: null },
      {
        action: 'createToken',
        target: { token: id, name },
        result: 'done',
        status: null,
        detail: 'the first admin, shown once at the terminal of `prunella up`',
      },
    ),
  ]);
  return secret;
}

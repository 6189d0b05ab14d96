import { type ProblemName, problemNames, problemOf } from '../../src/server/problem.ts';
import { servedOpenapi } from '../server/all-routes.ts';

/** What whoever is answered so does next. */
const whatToDo: Readonly<Record<ProblemName, string>> = {
  malformed: 'mend the request; `field` and `detail` say where',
  'too-many-reports': 'send them in several requests',
  'not-authenticated':
    'send `Authorization: Bearer TOKEN`, or sign in again; a token may have expired or been revoked',
  'not-allowed': 'use a token of the role that `detail` names',
  'csrf-refused': 'send the header `x-prunella-csrf` of the session, from the page of this healer',
  'not-found': 'look at the name; `detail` says what lists the ones that there are',
  'too-slow': 'send the whole request within 10 s',
  refused: 'nothing was done; `detail` says why the command means nothing now',
  'reload-refused': 'mend what `detail` lists, and reload again; the former configuration is in force',
  'key-in-progress': 'send it again in a second, to be told what became of it',
  'key-in-doubt': 'look in the log whether it was done; if not, send it with a new key',
  'too-large': 'send less at once',
  'not-json': 'send `Content-Type: application/json`',
  'host-refused': 'use the name that the healer is reached by, or add it to `server.hosts`',
  'key-reused': 'send this request with a key of its own',
  'signal-refused': '`detail` says why; sending it again changes nothing',
  overloaded: 'send it again after `Retry-After`; it was not taken',
  'too-many-open': 'ask again after `Retry-After`',
  'too-many-failures': 'stop guessing; ask again after `Retry-After`',
  'headers-too-large': 'send fewer or shorter headers; cookies are headers, too',
  internal: 'a fault of the healer; its own output says which, and that is worth reporting',
  'not-ready': 'it starts, stops, or cannot write: ask again',
  'not-stored': 'nothing was taken; send it again later, and look at the disk of the healer',
};

export function problemsOfApiTable(): string {
  const rows = problemNames.map((name) => {
    const { status, title } = problemOf(name);
    return `| \`${name}\` | ${status} | ${title} | ${whatToDo[name]} |`;
  });
  return [
    '| type, after `urn:prunella:problem:` | status | title | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly 'x-prunella-roles'?: readonly string[];
}

export async function routesTable(): Promise<string> {
  const { paths } = (await servedOpenapi()) as { paths: Record<string, Record<string, Operation>> };
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId, summary, 'x-prunella-roles': roles }]) => {
      const who = roles === undefined ? 'anybody' : roles.join(', ');
      return `| \`${method.toUpperCase()} ${path}\` | ${who} | ${summary.replaceAll('|', '\\|')} | \`${operationId}\` |`;
    }),
  );
  return ['| route | role | does | operation id |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

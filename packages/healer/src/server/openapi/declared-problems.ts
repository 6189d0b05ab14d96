import { takesKey } from '../keyed-requests.ts';
import type { ProblemName } from '../problem.ts';
import type { RouteDeclaration } from '../route.ts';

/** What every route may answer with, and what those may that read something or ask who calls. */
const always: readonly ProblemName[] = ['too-slow', 'host-refused', 'headers-too-large', 'internal'];
const whereSomethingIsRead: readonly ProblemName[] = ['malformed'];
const whereABodyIsRead: readonly ProblemName[] = ['malformed', 'too-large', 'not-json'];
const whereRoleIsNeeded: readonly ProblemName[] = ['not-authenticated', 'not-allowed', 'too-many-failures'];
const whereABrowserMayOrder: readonly ProblemName[] = ['csrf-refused'];
const whereSomethingIsWritten: readonly ProblemName[] = ['overloaded', 'not-ready', 'not-stored'];
const whereAKeyIsTaken: readonly ProblemName[] = ['key-reused', 'key-in-progress', 'key-in-doubt'];

/** What a route may refuse with: what it declares, and what follows from what it reads and who may call it. */
export function declaredProblems(declaration: RouteDeclaration): readonly ProblemName[] {
  const { method, role, params, query, headers, body, readsBody, problems = [] } = declaration;
  const reads = params !== undefined || query !== undefined || headers !== undefined;
  const names = new Set<ProblemName>([
    ...problems,
    ...(reads ? whereSomethingIsRead : []),
    ...(body !== undefined || readsBody !== undefined ? whereABodyIsRead : []),
    ...(role === null ? [] : whereRoleIsNeeded),
    ...(method === 'GET' ? [] : whereSomethingIsWritten),
    ...(method === 'GET' || role === null ? [] : whereABrowserMayOrder),
    ...(takesKey(declaration) ? whereAKeyIsTaken : []),
    ...always,
  ]);
  return [...names];
}

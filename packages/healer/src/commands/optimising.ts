import { setFlagsFromString } from 'node:v8';

/**
 * V8 compiles what runs often anew, faster and with threads of its own, which keep the memory that they took. A start
 * runs much often, once, and never again. So a healer is started without that, and has it from then on.
 */
let isStopped = false;

/** Options of V8 by which whoever started the process says how it is to compile; that stands. */
const says = /^--(?:no[-_]?)?(?:opt|turbofan|maglev|jitless|lite[-_]mode)(?:=|$)/;

/** To be called before anything else is loaded; for a process that is ours. */
export function stopOptimising(): void {
  const given = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  if (given.some((option) => says.test(option))) return;
  isStopped = true;
  setFlagsFromString('--no-opt');
  if (hasMaglev()) setFlagsFromString('--no-maglev');
}

export function resumeOptimising(): void {
  if (!isStopped) return;
  isStopped = false;
  setFlagsFromString('--opt');
  if (hasMaglev()) setFlagsFromString('--maglev');
}

/** Before Node 24 it is off. */
function hasMaglev(): boolean {
  return Number.parseInt(process.versions.node, 10) >= 24;
}

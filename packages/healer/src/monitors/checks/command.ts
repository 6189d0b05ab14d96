import type { Environment } from '../../configuration/secret.ts';
import { readProgramEnvironment } from '../../programs/program-environment.ts';
import { type ProgramEnd, runProgram } from '../../programs/run-program.ts';
import { type Check, type CheckOutcome, type CheckState, inLine, outputLength } from '../check.ts';
import type { MonitorOf } from '../configuration.ts';

/** Of Nagios' plugins: https://nagios-plugins.org/doc/guidelines.html, "Plugin Return Codes". */
const stateByStatus: readonly CheckState[] = ['ok', 'warning', 'critical', 'unknown'];

/** Runs a program in a process group of its own, of which nothing is left when the check ends. */
export function commandCheck(monitor: MonitorOf<'command'>, environment: Environment): Check {
  const { command, shell, folder, warning } = monitor;
  const words = command ?? ['/bin/sh', '-c', shell ?? ''];
  return {
    async run(signal) {
      const { end, output } = await runProgram(words, {
        folder,
        environment: await readProgramEnvironment(monitor.environment, environment),
        signal,
        outputLength,
      });
      const outcome = outcomeOf(end, output, signal.aborted);
      return outcome.state === 'warning'
        ? { ...outcome, state: warning === 'fails' ? 'critical' : 'ok' }
        : outcome;
    },
  };
}

function outcomeOf(end: ProgramEnd, output: string, tooLate: boolean): CheckOutcome {
  const evidence = output === '' ? {} : { output };
  if (end.type === 'not-started') return { state: 'unknown', detail: inLine(end.why) };
  // As Nagios prints it: the first line, before its figures.
  const [line = ''] = output.split('\n', 1);
  const said = inLine(line.split('|', 1)[0] ?? '');
  if (tooLate)
    return { state: 'critical', detail: inLine(`did not end in time, and was killed ${said}`), ...evidence };
  if (end.code === null)
    return { state: 'unknown', detail: `was killed by ${end.signal ?? 'a signal'}`, ...evidence };
  const state = stateByStatus[end.code] ?? 'unknown';
  const status = `exit status ${end.code}`;
  return { state, detail: said === '' ? status : `${said} (${status})`, ...evidence };
}

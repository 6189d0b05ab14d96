import { approveCommand } from './approve.ts';
import { checkCommand } from './check.ts';
import type { CommandModule } from './command.ts';
import { explainCommand } from './explain.ts';
import { incidentsCommand } from './incidents.ts';
import { journalCommand } from './journal.ts';
import { pauseCommand } from './pause.ts';
import { rejectCommand } from './reject.ts';
import { resumeCommand } from './resume.ts';
import { simulateCommand } from './simulate.ts';
import { testCommand } from './test.ts';
import { upCommand } from './up.ts';

/** Every command, in the order of `prunella --help`. */
export const commandModules: readonly CommandModule[] = [
  upCommand,
  checkCommand,
  testCommand,
  simulateCommand,
  explainCommand,
  incidentsCommand,
  approveCommand,
  rejectCommand,
  pauseCommand,
  resumeCommand,
  journalCommand,
];

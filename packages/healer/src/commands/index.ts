import { approveCommand } from './approve.ts';
import { autonomyCommand } from './autonomy.ts';
import { backtestCommand } from './backtest.ts';
import { backupCommand } from './backup.ts';
import { checkCommand } from './check.ts';
import { claimCommand } from './claim.ts';
import { clearCommand } from './clear.ts';
import type { CommandModule } from './command.ts';
import { deployCommand } from './deploy.ts';
import { doctorCommand } from './doctor.ts';
import { explainCommand } from './explain.ts';
import { harmfulCommand } from './harmful.ts';
import { incidentsCommand } from './incidents.ts';
import { journalCommand } from './journal.ts';
import { maintenanceCommand } from './maintenance.ts';
import { migrateCommand } from './migrate.ts';
import { pauseCommand } from './pause.ts';
import { rejectCommand } from './reject.ts';
import { releaseCommand } from './release.ts';
import { reloadCommand } from './reload.ts';
import { restoreCommand } from './restore.ts';
import { resumeCommand } from './resume.ts';
import { servicesCommand } from './services.ts';
import { simulateCommand } from './simulate.ts';
import { testCommand } from './test.ts';
import { upCommand } from './up.ts';

/** Every command, in the order of `prunella --help`. */
export const commandModules: readonly CommandModule[] = [
  upCommand,
  checkCommand,
  doctorCommand,
  testCommand,
  simulateCommand,
  backtestCommand,
  explainCommand,
  incidentsCommand,
  approveCommand,
  rejectCommand,
  pauseCommand,
  resumeCommand,
  reloadCommand,
  claimCommand,
  releaseCommand,
  maintenanceCommand,
  clearCommand,
  servicesCommand,
  deployCommand,
  autonomyCommand,
  harmfulCommand,
  backupCommand,
  restoreCommand,
  migrateCommand,
  journalCommand,
];

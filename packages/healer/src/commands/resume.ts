import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';
import { printable, writeJson } from './output.ts';

interface ResumeOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly by?: string;
}

export const resumeCommand: CommandModule = {
  name: 'resume',
  register(program, io) {
    const command = program
      .command('resume')
      .description('lift the kill switch; or let the ladder of an incident, paused or exhausted, begin again')
      .argument('[incident]', 'id of the incident whose ladder shall go on')
      .option('--by <name>', "who resumes, for the log (else the token's name)");
    addConnectionOptions(command).action(async (incident: string | undefined, options: ResumeOptions) =>
      resume(incident, options, io),
    );
  },
};

async function resume(incident: string | undefined, options: ResumeOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const body = options.by === undefined ? {} : { by: options.by };
  const path = incident === undefined ? 'v1/resume' : `v1/incidents/${encodeURIComponent(incident)}/resume`;
  const wasPaused = incident === undefined ? await isPaused(connection) : true;
  const answer = await askHealer(connection, 'POST', path, body);
  const note =
    incident === undefined
      ? noteOfResume(readAnswer(answers.paused, answer).paused, wasPaused)
      : (readAnswer(answers.receipt, answer).note ?? 'The ladder goes on.');
  if (options.json === true) writeJson(io.stdout, answer);
  else io.stdout.write(`${printable(note)}\n`);
}

async function isPaused(connection: HealerConnection): Promise<boolean> {
  const answer = await askHealer(connection, 'GET', 'v1/incidents?limit=1');
  return readAnswer(answers.incidents, answer).paused !== null;
}

function noteOfResume(isStill: boolean, wasPaused: boolean): string {
  if (isStill) return 'Still paused.';
  return wasPaused
    ? 'Resumed: attempts may start again.'
    : 'Nothing was paused: attempts may start as before.';
}

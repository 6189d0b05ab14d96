// In a process of its own, on a source that lacks a guardrail: prints what harm an accident does there.
import { accidents } from './accidents.ts';

const accident = accidents.find(({ name }) => name === process.argv[2]);
if (accident === undefined) throw new Error(`no accident is named ${process.argv[2]}`);
process.stdout.write(JSON.stringify(accident.harm()));

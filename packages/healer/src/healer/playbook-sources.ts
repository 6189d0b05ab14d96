import { relative } from 'node:path';
import type { PlaybookSources } from '../server/playbook-views.ts';
import type { Plan } from './plan.ts';

/** The playbooks of a plan for people: no path outside of the configuration's folder is told in full. */
export function playbookSources({ folder, playbooks, written, warnings }: Plan): PlaybookSources {
  const named = (file: string) => relative(folder, file);
  return {
    playbooks,
    written: written.map(({ name, file, text }) => ({ name, file: named(file), text })),
    warnings: warnings.map((problem) => ({ ...problem, file: named(problem.file) })),
  };
}

import { bestMatches, matchesPattern, nearest, type PlacedPlaybook, type Problem } from '@prunella/core';
import type { Configuration } from './configuration.ts';
import { type Place, problemOfPlaybook } from './place.ts';

type Resources = Configuration['resources'];

/** Playbooks that own no declared resource, and resources that no playbook owns: neither repairs anything. */
export function uncovered(
  placed: readonly PlacedPlaybook[],
  resources: Resources,
  place: Place,
  allPlaybooksRead: boolean,
): readonly Problem[] {
  const playbooks = placed.map(({ playbook }) => playbook);
  const names = Object.keys(resources);
  // A playbook that could not be read may be the missing one.
  const alone = allPlaybooksRead ? names.filter((name) => bestMatches(name, playbooks).length === 0) : [];
  return [
    ...placed.flatMap((one) => matchesNothing(one, names)),
    ...alone.map((name) => withoutPlaybook(name, playbooks, place)),
  ];
}

function matchesNothing(one: PlacedPlaybook, names: readonly string[]): Problem[] {
  const { playbook } = one;
  if (names.some((name) => matchesPattern(playbook.for, name))) return [];
  const kinds = [...new Set(names.map((name) => `${name.split('/', 1)[0]}/*`))];
  const meant = nearest(playbook.for, playbook.for.includes('*') ? kinds : names);
  if (meant === null && healsUndeclared(one)) return [];
  return [
    problemOfPlaybook(one, {
      severity: 'warning',
      code: 'playbook-matches-nothing',
      message: `\`${playbook.name}\` is for \`${playbook.for}\`, and no such resource is declared: it has no probe and no node to repair`,
      suggestion:
        meant === null
          ? 'declare it: resources: { KIND/NAME: { nodes: { NODE: { target: \u2026, probe: \u2026 } } } }'
          : `did you mean \`for: ${meant}\`?`,
    }),
  ];
}

/** Needs neither a probe nor a declared node: applications may name the resource first. */
function healsUndeclared({ playbook }: PlacedPlaybook): boolean {
  return (
    playbook.open.confirm.by === 'none' &&
    playbook.ladder.every(({ target }) => target.select === 'expression')
  );
}

function withoutPlaybook(
  name: string,
  playbooks: readonly { readonly for: string }[],
  place: Place,
): Problem {
  const written = nearest(
    name,
    playbooks.map((playbook) => playbook.for),
  );
  return place(['resources', name], {
    severity: 'warning',
    code: 'resource-without-playbook',
    message: `no playbook is for ${name}: it is watched and never repaired`,
    suggestion:
      written === null
        ? `write a playbook with \`for: ${name}\``
        : `write a playbook with \`for: ${name}\`; there is one for \`${written}\``,
  });
}

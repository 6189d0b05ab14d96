/** What a kind of problem means. `severity` is what it is told as; `either` where the message decides. */
export interface ProblemMeaning {
  readonly severity: 'error' | 'warning' | 'either';
  /** In which files it can be found. */
  readonly in: 'any file' | 'playbooks' | 'scenarios' | 'prunella.yaml' | 'what belongs together';
  readonly meaning: string;
}

/** Every problem that can be found with what people write, by its stable code. Documents and types follow this list. */
export const problemCodes = {
  'file-unreadable': error(
    'any file',
    'It is not there, is a folder, cannot be read by this user, or is too large.',
  ),
  'not-utf-8': error('any file', 'It is no UTF-8 text.'),
  'too-large': error('any file', 'It has more characters than are read.'),
  'too-deep': error('any file', 'It is nested deeper than is read.'),
  'too-many-documents': error('any file', 'It has more documents than are read.'),
  'yaml-syntax': either('any file', 'It is no YAML, or a part of it that YAML only warns of.'),
  'yaml-unreadable': error('any file', 'The YAML library cannot read it.'),
  'yaml-aliases': error('any file', 'Its aliases lead in a circle, too deep or to too many nodes.'),
  'duplicate-key': error('any file', 'A key is written twice in one map.'),
  'merge-key': error('any file', '`<<`, which YAML 1.2 does not have.'),
  'unknown-key': error('any file', 'A key that is not known at this place.'),
  missing: error('any file', 'A key that must be written is not.'),
  'wrong-type': error('any file', 'A value of another type than is taken.'),
  'wrong-value': error('any file', 'A value that is not taken: out of its bounds, or none of the words.'),
  'wrong-key': error('any file', 'A key that names something in a way in which it cannot be named.'),
  'no-playbook': either(
    'playbooks',
    'The file holds none: an error where it is empty, a warning where it has comments.',
  ),
  'unknown-action': error('playbooks', 'No configured backend has the action.'),
  'wrong-arguments': error('playbooks', 'The action does not take what `with` says.'),
  'unknown-parameter': error('playbooks', 'A `{{ \u2026 }}` that names no fact of an attempt.'),
  'wrong-condition': error(
    'playbooks',
    'An `if` that is no condition: wrong CEL, unknown names, never true.',
  ),
  'step-id-repeated': error('playbooks', 'Two steps have one id.'),
  'unknown-step': error('playbooks', 'An override changes a step that the ladder does not have.'),
  'step-unreachable': error('playbooks', 'A step that the budget or a guardrail never lets come.'),
  'ladder-not-mildest-first': error('playbooks', 'A step stands after one that does more.'),
  'autonomy-too-high': error('playbooks', '`auto` for an action that is never run without a person.'),
  'window-shorter-than-soak': error('playbooks', 'A recovery that must last longer than it is looked at.'),
  'windows-skipped': warning(
    'playbooks',
    'A window within the hour that the clock of its time zone skips once a year: it does not come on that day.',
  ),
  'windows-wide': warning(
    'playbooks',
    'A window that means more time than it looks: an empty list, or a whole day.',
  ),
  'windows-never-open': error('playbooks', 'No minute of the week is allowed and not under maintenance.'),
  'extends-unknown': error('playbooks', 'It extends a playbook that there is not.'),
  'extends-broken': error('playbooks', 'What it extends has an error.'),
  'extends-cycle': error('playbooks', 'It extends itself.'),
  'extends-too-long': error('playbooks', 'Too many playbooks extend one another.'),
  'template-with-for': error('playbooks', 'A template that says what it is for.'),
  'after-before-milder-step': warning(
    'playbooks',
    'A step is due before a milder one, which must run first.',
  ),
  'every-never-applies': warning('playbooks', '`every` where the step runs once.'),
  'dry-run-unknown': error(
    'playbooks',
    '`dryRun` where nobody can tell beforehand what the action would change.',
  ),
  'not-after-beyond-deadline': warning(
    'playbooks',
    'An order may begin after the time by which it must have ended.',
  ),
  'verdict-after-next-step': warning(
    'playbooks',
    'Deadline, window and soak end after the next step is due.',
  ),
  'window-short': warning('playbooks', 'The window is shorter than spread, soak and one heartbeat.'),
  'target-wider-than-failing': warning('playbooks', 'What disrupts may touch nodes that are well.'),
  'target-not-resolved': warning('playbooks', 'The backend cannot tell whom a target means (hook mode).'),
  empty: error('prunella.yaml', 'The configuration says nothing.'),
  'second-document': error('prunella.yaml', 'More than one document.'),
  'secret-not-set': warning(
    'prunella.yaml',
    'A secret is to come from an environment variable that is not set.',
  ),
  'secret-file-missing': warning('prunella.yaml', 'A secret is to come from a file that is not there.'),
  'wrong-expression': error(
    'prunella.yaml',
    'A CEL expression of a source: wrong CEL, unknown names, of another type.',
  ),
  'resource-not-declared': warning(
    'prunella.yaml',
    'A source or a monitor names a resource that is not declared.',
  ),
  'node-not-declared': warning(
    'prunella.yaml',
    'A source or a monitor names a node that its resource does not have.',
  ),
  'type-refused': warning(
    'prunella.yaml',
    'The type of all signals of a signed webhook is one that no signature allows.',
  ),
  'secret-in-plain-text': warning('any file', 'What looks like a secret. Its text is not printed.'),
  'playbook-name-repeated': error('what belongs together', 'Two playbooks have one name.'),
  'playbook-for-repeated': error('what belongs together', 'Two playbooks are for the same.'),
  'playbook-tie': error('what belongs together', 'Two playbooks match a resource equally well.'),
  'label-missing': error(
    'what belongs together',
    'An argument asks for a label that the resource does not have.',
  ),
  'depends-on-unknown': error('what belongs together', 'It depends on a resource that nobody declared.'),
  'depends-on-cycle': error('what belongs together', 'Resources depend on one another.'),
  'unknown-service': error('what belongs together', 'A target that is no service of the process backend.'),
  'no-node-targets': warning('what belongs together', 'A step for failing nodes where no node has a target.'),
  'no-probe': warning('what belongs together', 'It opens only by a probe, and nobody declared one.'),
  'no-node-probe': warning(
    'what belongs together',
    'It repairs failing nodes, and none has a probe that could fail.',
  ),
  'override-for-nobody': warning('what belongs together', 'An override for labels that no resource has.'),
  'playbook-matches-nothing': warning('what belongs together', 'A playbook for no declared resource.'),
  'resource-without-playbook': either(
    'what belongs together',
    'A resource for which there is no playbook; an error where a scenario expects something of it.',
  ),
  'nobody-is-asked': warning(
    'what belongs together',
    'A step asks a person, and no route of `notifications` tells one.',
  ),
  'unknown-name': error('scenarios', 'A resource, node, service, target or guardrail that there is not.'),
  differs: error('scenarios', 'What was lived is not what was expected; only `prunella test` finds it.'),
} as const satisfies Readonly<Record<string, ProblemMeaning>>;

export type ProblemCode = keyof typeof problemCodes;

function error(place: ProblemMeaning['in'], meaning: string): ProblemMeaning {
  return { severity: 'error', in: place, meaning };
}

function warning(place: ProblemMeaning['in'], meaning: string): ProblemMeaning {
  return { severity: 'warning', in: place, meaning };
}

function either(place: ProblemMeaning['in'], meaning: string): ProblemMeaning {
  return { severity: 'either', in: place, meaning };
}

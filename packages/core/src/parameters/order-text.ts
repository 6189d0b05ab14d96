import type { ResourceFacts } from '../decide/input.ts';
import type { Attempt, Incident } from '../decide/state.ts';
import { isSecretName, mayShowSecret } from '../document/secret-text.ts';
import type { Step } from '../playbook/playbook.ts';
import { argumentsOf } from './arguments-of.ts';

const longest = 300;

/** The action with what it is given, for whoever is asked to let it run: `salt.service.restart (service: redis)`. */
export function orderText(
  step: Pick<Step, 'action' | 'arguments'>,
  incident: Pick<Incident, 'id'>,
  attempt: Pick<Attempt, 'id' | 'targets'>,
  facts: ResourceFacts,
): string {
  const filled = argumentsOf(step, incident, attempt, facts).arguments ?? step.arguments;
  const given = Object.entries(filled).map(([name, value]) => `${name}: ${valueText(name, value)}`);
  if (given.length === 0) return step.action;
  const text = given.join(', ');
  return `${step.action} (${text.length <= longest ? text : `${text.slice(0, longest - 1)}\u2026`})`;
}

/** What looks like a secret is hidden, as `check` hides it; there it is a warning. */
function valueText(name: string, value: unknown): string {
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string');
  const text = typeof value === 'string' ? value : isList ? value.join(' ') : JSON.stringify(value);
  return isSecretName(name) || mayShowSecret(String(text)) ? '(hidden)' : String(text);
}

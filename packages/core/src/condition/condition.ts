import type { ParseResult } from '@marcbachmann/cel-js';
import { type ConditionProblem, celProblem } from './cel-problem.ts';
import type { ConditionFacts } from './facts.ts';
import {
  type ConditionPlace,
  conditionLimits,
  conditionNames,
  environmentOf,
  findForbidden,
} from './language.ts';
import { asksFacts, findPointless } from './pointless.ts';

type Compiled = { readonly run: ParseResult } | { readonly problem: ConditionProblem };

/** Playbooks are data, so that what is compiled is kept beside them: a pure function's answers, not a state. */
const compiled = new Map<string, Compiled>();
const compiledKept = 1_000;

/** What is wrong with a condition, types included; null where it can be asked. Never throws. */
export function checkCondition(text: string, place: ConditionPlace): ConditionProblem | null {
  const found = compile(text, place);
  return 'problem' in found ? found.problem : null;
}

/**
 * Whether a condition is true of the facts. Total: what cannot be answered, such as a label that is not there,
 * is not true. Its cost is bounded by the limits of text and facts.
 */
export function isTrue(text: string, place: ConditionPlace, facts: ConditionFacts): boolean {
  const found = compile(text, place);
  if ('problem' in found) return false;
  const [kind = '', name = ''] = facts.resource.split('/', 2);
  const { resource, faults } = facts;
  const signal = facts.signal ?? { type: '', source: '', node: '', summary: '', data: {} };
  const asked = { resource, kind, name, labels: ownOnly(facts.labels), signal };
  try {
    return found.run(place === 'step' ? { ...asked, faults } : asked) === true;
  } catch {
    return false;
  }
}

/** A map has what was written into it, and nothing that every object has. */
function ownOnly(labels: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(labels));
}

function compile(text: string, place: ConditionPlace): Compiled {
  const key = `${place} ${text}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = compileAnew(text, place);
  if (compiled.size >= compiledKept) compiled.clear();
  compiled.set(key, made);
  return made;
}

/** What asks nothing of the facts and is not true. */
function findNeverTrue(run: ParseResult, text: string): ConditionProblem | null {
  if (asksFacts(run.ast) || run({}) === true) return null;
  const message = 'is never true, whatever the facts are';
  const suggestion = "ask for a fact, such as `labels.tier == 'gold'`, or take the step out";
  return { message, suggestion, start: 0, end: text.length };
}

function compileAnew(text: string, place: ConditionPlace): Compiled {
  if (text.length > conditionLimits.length) {
    const message = `has ${text.length} characters, and at most ${conditionLimits.length} are read`;
    return { problem: { message, suggestion: null, start: 0, end: 0 } };
  }
  try {
    const run = environmentOf(place).parse(text);
    const forbidden = findForbidden(run.ast);
    if (forbidden !== null) return { problem: forbidden };
    const checked = run.check();
    if (!checked.valid) return { problem: problemOf(checked.error, text, place) };
    const pointless = findPointless(run.ast) ?? findNeverTrue(run, text);
    if (pointless !== null) return { problem: pointless };
    if (checked.type === 'bool' || checked.type === 'dyn') return { run };
    const message = `is ${checked.type ?? 'nothing'}, and a condition must be true or false`;
    return {
      problem: {
        message,
        suggestion: "compare it, such as `labels.tier == 'gold'`",
        start: 0,
        end: text.length,
      },
    };
  } catch (error) {
    return { problem: problemOf(error, text, place) };
  }
}

function problemOf(error: unknown, text: string, place: ConditionPlace): ConditionProblem {
  const names = Object.keys(conditionNames).filter((name) => environmentOf(place).hasVariable(name));
  return celProblem(error, text, [...names, 'type', 'source', 'node', 'summary', 'data']);
}

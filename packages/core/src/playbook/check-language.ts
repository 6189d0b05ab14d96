import { checkCondition } from '../condition/condition.ts';
import type { ConditionPlace } from '../condition/language.ts';
import type { Problem } from '../document/problem.ts';
import type { WrittenDocument } from '../document/source-document.ts';
import type { Path } from '../document/value-path.ts';
import { unknownParameters } from '../parameters/parameters.ts';
import type { Playbook } from './playbook.ts';

/** What is wrong with the conditions of a playbook, and with the parameters in its arguments. */
export function checkLanguage(playbook: Playbook, document: WrittenDocument): readonly Problem[] {
  const { signals } = playbook.open;
  return [
    ...signals.flatMap((signal, index) =>
      signal.if === undefined
        ? []
        : conditionProblem(signal.if, 'signal', ['open', 'signals', index, 'if'], document),
    ),
    ...playbook.ladder.flatMap((step, index) => [
      ...(step.if === undefined ? [] : conditionProblem(step.if, 'step', ['ladder', index, 'if'], document)),
      ...parameterProblems(step.arguments, ['ladder', index, 'with'], document),
    ]),
  ];
}

function conditionProblem(
  text: string,
  place: ConditionPlace,
  path: Path,
  document: WrittenDocument,
): readonly Problem[] {
  const problem = checkCondition(text, place);
  if (problem === null) return [];
  const { message, suggestion } = problem;
  return [
    document.problemWithin(path, problem, {
      code: 'wrong-condition',
      message: `CEL: ${message}`,
      suggestion,
    }),
  ];
}

function parameterProblems(value: unknown, path: Path, document: WrittenDocument): readonly Problem[] {
  if (typeof value === 'string') {
    return unknownParameters(value).map(({ name, message, suggestion }) => {
      const start = value.indexOf(name);
      const part = { start, end: start + name.length };
      return document.problemWithin(path, part, { code: 'unknown-parameter', message, suggestion });
    });
  }
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, part]) =>
    parameterProblems(part, [...path, isList ? Number(key) : key], document),
  );
}

import { nearest } from '../document/nearest.ts';
import { isError, type Problem } from '../document/problem.ts';
import { readDocuments } from '../document/read-documents.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { validate } from '../document/validate.ts';
import type { Path } from '../document/value-path.ts';
import { guardrailNames } from '../guardrails/names.ts';
import { type ScenarioText, scenarioText } from './text.ts';

/** A scenario that can be run, and the text that knows where each part of it stands. */
export interface Scenario {
  readonly text: ScenarioText;
  readonly document: SourceDocument;
}

export interface ParsedScenarios {
  /** In the order of the text; only those without an error. */
  readonly scenarios: readonly Scenario[];
  readonly problems: readonly Problem[];
}

/** Reads the scenarios of one text, one a YAML document. Never throws, whatever the text or bytes. */
export function parseScenarios(text: string | Uint8Array, fileName: string): ParsedScenarios {
  const { documents, problems } = readDocuments(text, fileName);
  const found = [...problems];
  const scenarios: Scenario[] = [];
  for (const document of documents) {
    const { value, problems: ofForm } = validate(document, scenarioText());
    const all = value === null ? ofForm : [...ofForm, ...unknownNames(value, document)];
    found.push(...all);
    if (value !== null && !all.some(isError)) scenarios.push({ text: value, document });
  }
  return { scenarios, problems: found };
}

const mostNamesShown = 40;

/** Names that nothing in the scenario has: what is expected of them, or happens to them, would be nothing. */
function unknownNames(text: ScenarioText, document: SourceDocument): readonly Problem[] {
  const problems: Problem[] = [];
  const resources = Object.keys(text.resources);
  const known = (path: Path, name: string, names: readonly string[], what: string) =>
    unknownUnless(path, name, names, `the scenario has no ${what}`);
  const unknownUnless = (path: Path, name: string, names: readonly string[], said: string) => {
    if (names.includes(name)) return;
    const meant = nearest(name, names);
    const suggestion =
      meant === null
        ? `there are: ${names.slice(0, mostNamesShown).join(', ') || 'none'}`
        : `did you mean \`${meant}\`?`;
    const message = `${said} \`${name.slice(0, 60)}\``;
    problems.push(document.problemAt(path, { code: 'unknown-name', message, suggestion }));
  };
  for (const [service, { uses }] of Object.entries(text.services)) {
    for (const [index, resource] of uses.entries()) {
      known(['services', service, 'uses', index], resource, resources, 'resource');
    }
  }
  const targets = Object.values(text.resources).flatMap(({ nodes }) =>
    Object.values(nodes).map((node) => (typeof node === 'string' ? node : node.target)),
  );
  for (const [index, happening] of text.story.entries()) {
    const at: Path = ['story', index];
    if ('resource' in happening) {
      known([...at, 'resource'], happening.resource, resources, 'resource');
      if ('node' in happening && happening.node !== undefined) {
        const nodes = Object.keys(text.resources[happening.resource]?.nodes ?? {});
        known([...at, 'node'], happening.node, nodes, 'node');
      }
    }
    if ('service' in happening) {
      known([...at, 'service'], happening.service, Object.keys(text.services), 'service');
    }
    if (happening.what === 'silent') known([...at, 'target'], happening.target, targets, 'target');
    if (happening.what === 'others-act') {
      for (const [place, target] of (happening.targets ?? []).entries()) {
        known([...at, 'targets', place], target, targets, 'target');
      }
    }
  }
  for (const [resource, { held = [], refused = [] }] of Object.entries(text.expect)) {
    known(['expect', resource], resource, resources, 'resource');
    for (const [key, names] of Object.entries({ held, refused })) {
      for (const [index, name] of names.entries()) {
        unknownUnless(['expect', resource, key, index], name, guardrailNames, 'there is no guardrail');
      }
    }
  }
  return problems;
}

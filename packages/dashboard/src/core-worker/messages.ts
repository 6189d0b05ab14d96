import type { Problem, ResourceFacts } from '@prunella/core';
import type { ScenarioDifference, TimelineLine } from '@prunella/core/scenario';
import type { KnownAction } from '../api/actions.ts';

export interface TriedPlaybooks {
  /** The file that is tried, and the others that belong to it. */
  readonly sources: readonly { readonly file: string; readonly text: string }[];
  /** All that a step may name. */
  readonly actions: readonly KnownAction[];
}

export type CoreQuestion =
  | ({
      readonly what: 'check';
      /** Problems of this file only. */
      readonly file: string;
      readonly resources: readonly ResourceFacts[];
    } & TriedPlaybooks)
  | ({
      readonly what: 'write';
      /** Its name; for one of these resources. */
      readonly playbook: string;
      readonly owned: readonly string[];
      readonly resources: readonly ResourceFacts[];
    } & TriedPlaybooks)
  | ({ readonly what: 'run'; readonly scenario: string; readonly scenarioFile: string } & TriedPlaybooks);

export interface Checked {
  readonly problems: readonly Problem[];
}

export interface Story {
  readonly scenario: string;
  readonly timeline: readonly (TimelineLine & { readonly offset: string })[];
  /** Of lines that are not told, as there are too many. */
  readonly more: number;
  /** Whether anything was expected at all. */
  readonly isJudged: boolean;
  readonly differences: readonly ScenarioDifference[];
}

export interface Lived {
  readonly stories: readonly Story[];
  /** What kept it from being lived, of the scenario and of the playbooks. */
  readonly problems: readonly Problem[];
}

export interface Written {
  /** Null where the playbook cannot be read. */
  readonly scenario: string | null;
}

export interface AnswerOf {
  readonly write: Written;
  readonly check: Checked;
  readonly run: Lived;
}

export type CoreAnswer = { readonly answer: AnswerOf[keyof AnswerOf] } | { readonly failed: string };

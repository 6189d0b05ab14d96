export type { Entry } from '../simulate/record.ts';
export { scenarioJsonSchema } from './json-schema.ts';
export type { ScenarioDifference } from './judge.ts';
export { type ParsedScenarios, parseScenarios, type Scenario } from './parse.ts';
export { runScenario, type ScenarioRun } from './run.ts';
export { offsetText, type TimelineLine, timelineOf } from './timeline.ts';

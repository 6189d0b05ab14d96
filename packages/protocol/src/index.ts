export * from './condition.ts';
export * from './directive.ts';
export * from './fault-kind.ts';
export * from './fence.ts';
export * from './observation-summary.ts';
export * from './parse-report.ts';
export * from './report.ts';
export * from './resource-name.ts';

// The direction of dependencies between the rooms: protocol <- guard; protocol <- core; core, guard <- healer.
const siblingInside = (room) => ({
  name: `no-inside-of-${room}`,
  comment: `Other rooms import @prunella/${room} by its public entries, never by a path into its inside`,
  severity: 'error',
  from: { pathNot: `^packages/${room}/` },
  to: { path: `^packages/${room}/src/`, dependencyTypes: ['local'] },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'protocol-imports-nothing',
      severity: 'error',
      from: { path: '^packages/protocol/src', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/protocol/src' },
    },
    {
      name: 'guard-imports-protocol-only',
      severity: 'error',
      from: { path: '^packages/guard/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(core|healer)/' },
    },
    {
      name: 'guard-has-no-third-party-dependency',
      comment: 'Types of drivers may be imported; code of theirs never',
      severity: 'error',
      from: { path: '^packages/guard/src', pathNot: '\\.test\\.ts$' },
      to: { path: 'node_modules', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'core-is-pure',
      comment: 'No clock, no I/O, no code generation: core runs in a browser too',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-imports-protocol-only',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^packages/(guard|healer)/' },
    },
    {
      name: 'packages-do-not-import-labs-or-examples',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(labs|examples|bench|demo)/' },
    },
    {
      name: 'page-is-for-browsers',
      comment:
        "The page knows core and the healer's HTTP API; nothing of Node, nothing of the healer's inside",
      severity: 'error',
      from: { path: '^packages/dashboard/src' },
      to: { path: '^packages/(guard|healer)/' },
    },
    {
      name: 'page-has-no-node',
      severity: 'error',
      from: { path: '^packages/dashboard/src' },
      to: { dependencyTypes: ['core'] },
    },
    ...['protocol', 'guard', 'core', 'healer', 'dashboard'].map(siblingInside),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['prunella-source', 'import', 'node', 'default'],
    },
  },
};

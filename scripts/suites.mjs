// The suites of `npm test`, in the order in which they run, with their budgets in minutes on two cores.
export const suites = [
  { name: 'house and demo', budgetMinutes: 4, paths: ['scripts/', 'labs/', 'examples/', 'demo/', 'bench/'] },
  { name: 'guard', budgetMinutes: 6, paths: ['packages/protocol/', 'packages/guard/'] },
  { name: 'core', budgetMinutes: 6, paths: ['packages/core/'] },
  { name: 'engine and Salt', budgetMinutes: 12, workers: 2, paths: ['packages/healer/'] },
];

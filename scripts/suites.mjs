/** The rooms of the healer that people and outside programs touch. */
const peopleRooms = [
  'access',
  'commands',
  'documents',
  'drills',
  'heartbeat',
  'metrics',
  'monitors',
  'notify',
  'outgoing',
  'page',
  'programs',
  'server',
  'sources',
];

const peoplePaths = [
  'packages/dashboard/',
  ...peopleRooms.flatMap((room) => [`packages/healer/src/${room}/`, `packages/healer/test/${room}/`]),
];

/**
 * The suites of `npm test`, in the order in which they run, with their budgets in minutes on two cores. A file
 * belongs to the suite whose `paths` begin its own, unless that suite leaves it to another one.
 */
export const suites = [
  { name: 'house and demo', budgetMinutes: 4, paths: ['scripts/', 'labs/', 'examples/', 'demo/', 'bench/'] },
  { name: 'guard', budgetMinutes: 6, paths: ['packages/protocol/', 'packages/guard/'] },
  { name: 'core', budgetMinutes: 6, paths: ['packages/core/'] },
  {
    name: 'engine and Salt',
    budgetMinutes: 12,
    workers: 2,
    paths: ['packages/healer/'],
    leaves: peoplePaths,
  },
  { name: 'people', budgetMinutes: 8, workers: 2, paths: peoplePaths },
];

import type { Standing } from '../decide/input.ts';
import type { Lease, Opening, Start, Waiting } from './rows.ts';
import { type Finders, type Numbered, Table } from './table.ts';

const hourMs = 3_600_000;

/** The key of what is only asked whether it is so. */
const yes: readonly string[] = [''];
const no: readonly string[] = [];

const leaseFinders = {
  attempt: ({ attempt }) => [attempt],
  resource: ({ resource }) => [resource],
  target: ({ targets }) => targets,
  unused: ({ used }) => (used ? no : yes),
  /** Does more than restore. */
  running: ({ effect }) => (effect === 'restores' ? no : yes),
  disrupts: ({ effect }) => (effect === 'disrupts' ? yes : no),
} satisfies Finders<Lease, string>;

const waitingFinders = {
  attempt: ({ attempt }) => [attempt],
  resource: ({ resource }) => [resource],
  /** One is enough: none of it may ask before this one is free. */
  firstTarget: ({ targets }) => targets.slice(0, 1),
  noTarget: ({ targets }) => (targets.length === 0 ? yes : no),
} satisfies Finders<Waiting, string>;

const startFinders = {
  attempt: ({ attempt }) => [attempt],
  target: ({ targets = [] }) => targets,
  /** Counts against the day of its resource. */
  repairOf: ({ resource, effect }) => (effect === 'restores' ? no : [resource]),
  hour: ({ at }) => [hourOf(at)],
  disrupts: ({ effect }) => (effect === 'disrupts' ? yes : no),
  disruptionInHour: ({ at, effect }) => (effect === 'disrupts' ? [hourOf(at)] : no),
} satisfies Finders<Start, string>;

const standingFinders = {
  resource: ({ resource }) => [resource],
  open: ({ incident }) => (incident?.open === true ? yes : no),
  openOnTarget: ({ incident, targets }) => (incident?.open === true ? targets : no),
  failing: ({ probesFailSince }) => (probesFailSince === null ? no : yes),
  silent: ({ silentSince }) => (silentSince === null ? no : yes),
  /** Is sick or suspected, and depends on this one. */
  dependsOn: ({ incident, dependsOn }) => (incident === null ? no : dependsOn),
} satisfies Finders<Standing, string>;

const openingFinders = {
  incident: ({ incident }) => [incident],
} satisfies Finders<Opening, string>;

export type Leases = Table<Lease, keyof typeof leaseFinders>;
export type WaitingOnes = Table<Waiting, keyof typeof waitingFinders>;
export type Starts = Table<Start, keyof typeof startFinders>;
export type Standings = Table<Standing, keyof typeof standingFinders>;
export type Openings = Table<Opening, keyof typeof openingFinders>;

type Rows<Row> = Iterable<Numbered<Row>>;

export const leasesOf = (rows: Rows<Lease> = []): Leases => Table.of(leaseFinders, rows);
export const waitingOf = (rows: Rows<Waiting> = []): WaitingOnes => Table.of(waitingFinders, rows);
export const startsOf = (rows: Rows<Start> = []): Starts => Table.of(startFinders, rows);
export const standingsOf = (rows: Rows<Standing> = []): Standings =>
  Table.of(standingFinders, rows, ({ resource }) => resource);
export const openingsOf = (rows: Rows<Opening> = []): Openings => Table.of(openingFinders, rows);

/** The whole hour of a time, as a key; times are ms since the Unix epoch. */
export function hourOf(at: number): string {
  return String(Math.floor(at / hourMs));
}

/** Those of a table that are found under one of the hours up to, or from, the one of a time. */
export function inHours(
  starts: Starts,
  name: 'hour' | 'disruptionInHour',
  isMeant: (hour: number) => boolean,
): readonly Numbered<Start>[] {
  const found: Numbered<Start>[] = [];
  for (const hour of starts.keys(name)) {
    if (isMeant(Number(hour))) found.push(...starts.find(name, hour));
  }
  return found.sort((left, right) => left.number - right.number);
}

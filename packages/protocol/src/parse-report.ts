import { conditions, isCondition, isSick } from './condition.ts';
import { type FaultKind, faultKinds, isFaultKind } from './fault-kind.ts';
import { protocolVersion, type Report, type ResourceCondition, reportLimits } from './report.ts';
import { isResourceName } from './resource-name.ts';

/**
 * What a parser of wire reports answers. `field` is the path of the first thing that is wrong, such as
 * `conditions[2].faults.timeout`; the empty path is the report itself.
 */
export type ParsedReport =
  | { readonly ok: true; readonly report: Report }
  | {
      readonly ok: false;
      readonly code: 'malformed' | 'unknown-protocol';
      readonly field: string;
      /** A sentence for a person: what was expected and what came. */
      readonly problem: string;
    };

/** Longest heartbeat that is taken, in ms: an observer is forgotten after ten minutes of silence. */
const longestHeartbeatMs = 600_000;

/**
 * Reads one report as it came off the wire. Total: every value has an answer, in time and memory bounded by
 * `reportLimits`. The answer is a fresh object that holds known fields only; unknown ones are dropped, so that
 * a newer guard may say more. Control characters in a sample become spaces, since it ends on terminals.
 */
export function parseReport(value: unknown): ParsedReport {
  try {
    return { ok: true, report: readReport(value) };
  } catch (error) {
    if (error instanceof Malformed) {
      return { ok: false, code: error.code, field: error.field, problem: error.message };
    }
    throw error;
  }
}

/** Ends the reading at the first wrong field. Never leaves this file. */
class Malformed extends Error {
  readonly field: string;
  readonly code: 'malformed' | 'unknown-protocol';

  constructor(field: string, problem: string, code: 'malformed' | 'unknown-protocol' = 'malformed') {
    super(problem);
    this.field = field;
    this.code = code;
  }
}

/** An object off the wire: any of the names that this file reads may be there, with any value. */
type Fields = {
  readonly [Name in keyof Report | keyof ResourceCondition | FaultKind | 'newestAgeMs']?: unknown;
};

function readReport(value: unknown): Report {
  const fields = readObject(value, '');
  if (fields.protocol !== protocolVersion) {
    throw new Malformed(
      'protocol',
      `this healer speaks protocol ${protocolVersion}, got ${describe(fields.protocol)}: use a guard and a healer of the same major version`,
      'unknown-protocol',
    );
  }
  const list = fields.conditions;
  if (!Array.isArray(list)) {
    throw new Malformed('conditions', `expected a list of conditions, got ${describe(list)}`);
  }
  if (list.length > reportLimits.conditionsPerReport) {
    throw new Malformed(
      'conditions',
      `at most ${reportLimits.conditionsPerReport} conditions fit into a report, got ${list.length}`,
    );
  }
  const resources = new Set<string>();
  const read = list.map((entry: unknown, index) => {
    const condition = readCondition(entry, `conditions[${index}]`);
    if (resources.has(condition.resource)) {
      throw new Malformed(
        `conditions[${index}].resource`,
        `${condition.resource} is in this report twice; one condition for each resource`,
      );
    }
    resources.add(condition.resource);
    return condition;
  });
  const host = fields.host;
  const goodbye = fields.goodbye;
  if (goodbye !== undefined && goodbye !== true) {
    throw new Malformed('goodbye', `expected true or no such field, got ${describe(goodbye)}`);
  }
  return {
    protocol: protocolVersion,
    service: readName(fields.service, 'service'),
    ...(host === undefined ? {} : { host: readName(host, 'host') }),
    instance: readName(fields.instance, 'instance'),
    epoch: readName(fields.epoch, 'epoch'),
    sequence: readCount(fields.sequence, 'sequence'),
    heartbeatMs: readHeartbeat(fields.heartbeatMs),
    ...(goodbye === true ? { goodbye } : {}),
    conditions: read,
  };
}

function readCondition(value: unknown, path: string): ResourceCondition {
  const fields = readObject(value, path);
  const resource = fields.resource;
  if (!isResourceName(resource)) {
    throw new Malformed(
      `${path}.resource`,
      `expected kind/name such as postgres/main, at most ${reportLimits.nameLength} characters, got ${describe(resource)}`,
    );
  }
  const condition = fields.condition;
  if (!isCondition(condition)) {
    throw new Malformed(
      `${path}.condition`,
      `expected one of ${conditions.join(', ')}, got ${describe(condition)}`,
    );
  }
  return {
    resource,
    condition,
    sinceMs: readAge(fields.sinceMs, `${path}.sinceMs`),
    successes: readCount(fields.successes, `${path}.successes`),
    faults: readFaults(fields.faults, `${path}.faults`),
    ...readSickFields(fields, isSick(condition), path),
    ...readOptionalAge(fields, 'lastSuccessAgeMs', path),
    ...readSample(fields.sample, `${path}.sample`),
    ...readCacheOnly(fields.cacheOnly, `${path}.cacheOnly`),
  };
}

/** What only a sick condition may carry: a healthy one that names a fault contradicts itself. */
function readSickFields(fields: Fields, sick: boolean, path: string) {
  for (const name of ['firstFaultAgeMs', 'lastFaultKind'] as const) {
    if (!sick && fields[name] !== undefined) {
      throw new Malformed(`${path}.${name}`, 'belongs only to a condition that is down or degraded');
    }
  }
  const kind = fields.lastFaultKind;
  if (kind !== undefined && !isFaultKind(kind)) {
    throw new Malformed(
      `${path}.lastFaultKind`,
      `expected one of ${faultKinds.join(', ')}, got ${describe(kind)}`,
    );
  }
  return {
    ...readOptionalAge(fields, 'firstFaultAgeMs', path),
    ...(kind === undefined ? {} : { lastFaultKind: kind }),
  };
}

function readFaults(value: unknown, path: string): Partial<Record<FaultKind, number>> {
  const fields = readObject(value, path);
  const faults: Partial<Record<FaultKind, number>> = {};
  let known = 0;
  for (const kind of faultKinds) {
    if (!Object.hasOwn(fields, kind)) continue;
    known += 1;
    faults[kind] = readCount(fields[kind], `${path}.${kind}`);
  }
  const names = Object.keys(fields);
  if (names.length > known) {
    const strange = names.find((name) => !isFaultKind(name)) ?? '';
    throw new Malformed(
      path,
      `${describe(strange)} is no fault kind; the kinds are ${faultKinds.join(', ')}`,
    );
  }
  return faults;
}

function readCacheOnly(value: unknown, path: string): { cacheOnly?: { newestAgeMs: number } } {
  if (value === undefined) return {};
  return {
    cacheOnly: { newestAgeMs: readAge(readObject(value, path).newestAgeMs, `${path}.newestAgeMs`) },
  };
}

function readSample(value: unknown, path: string): { sample?: string } {
  if (value === undefined) return {};
  if (typeof value !== 'string') {
    throw new Malformed(path, `expected the text of an error, got ${describe(value)}`);
  }
  if (value.length > reportLimits.sampleLength) {
    throw new Malformed(
      path,
      `at most ${reportLimits.sampleLength} characters of an error's text are taken, got ${value.length}`,
    );
  }
  return { sample: value.replace(controlCharacters, ' ') };
}

const controlCharacters = /\p{Cc}/gu;
const hasControlCharacter = /\p{Cc}/u;

function readOptionalAge<Name extends 'firstFaultAgeMs' | 'lastSuccessAgeMs'>(
  fields: Fields,
  name: Name,
  path: string,
): Partial<Record<Name, number>> {
  const value = fields[name];
  const answer: Partial<Record<Name, number>> = {};
  if (value !== undefined) Object.assign(answer, { [name]: readAge(value, `${path}.${name}`) });
  return answer;
}

/** Ages come from monotonic clocks and need not be whole. */
function readAge(value: unknown, path: string): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw new Malformed(path, `expected an age in ms, 0 or more, got ${describe(value)}`);
  }
  return value;
}

function readCount(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new Malformed(path, `expected a whole number, 0 or more, got ${describe(value)}`);
  }
  return value;
}

function readHeartbeat(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 1 && value <= longestHeartbeatMs)) {
    throw new Malformed(
      'heartbeatMs',
      `expected the longest time until the next report, 1 to ${longestHeartbeatMs} ms, got ${describe(value)}`,
    );
  }
  return value;
}

function readName(value: unknown, path: string): string {
  if (
    typeof value !== 'string' ||
    value === '' ||
    value.length > reportLimits.nameLength ||
    hasControlCharacter.test(value)
  ) {
    throw new Malformed(
      path,
      `expected a name of 1 to ${reportLimits.nameLength} printable characters, got ${describe(value)}`,
    );
  }
  return value;
}

function readObject(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed(path, `expected an object, got ${describe(value)}`);
  }
  return value;
}

/** A short, harmless rendering of what came, for the message. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') {
    const shown = value.slice(0, 40).replace(controlCharacters, ' ');
    return value.length > 40 ? `"${shown}\u2026" (${value.length} characters)` : `"${shown}"`;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

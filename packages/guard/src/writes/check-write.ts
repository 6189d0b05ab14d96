import { checkMethods, checkObject } from '../check.ts';
import { OptionError } from '../fault.ts';

const ofHandler = ['apply', 'applyToCached', 'deadlineMs'];
const ofDefinedWrite = ['key', 'payload', 'idempotencyKey'];
const ofWrite = [...ofDefinedWrite, ...ofHandler, 'within'];

export function checkHandler(given: unknown): void {
  checkObject('handler', given, ofHandler);
  checkFunctions('handler', given);
}

/** Refused before anything is tried: with a misspelt `idempotencyKey` a write that is made again would count twice. */
export function checkDefinedWrite(given: unknown): void {
  checkObject('write', given, ofDefinedWrite);
  checkKeys(given);
}

export function checkWrite(given: unknown): void {
  checkObject('write', given, ofWrite);
  checkKeys(given);
  checkFunctions('write', given);
}

export function checkText(option: string, given: unknown): void {
  if (typeof given !== 'string' || given.length < 1 || given.length > 1_000) {
    throw new OptionError(option, given, 'a text of 1 to 1,000 characters');
  }
}

function checkKeys(given: unknown): void {
  const of = (name: string): unknown => Reflect.get(Object(given), name);
  checkText('key', of('key'));
  if (of('idempotencyKey') !== undefined) checkText('idempotencyKey', of('idempotencyKey'));
}

function checkFunctions(option: string, given: unknown): void {
  checkMethods(option, given, ['apply']);
  const change: unknown = Reflect.get(Object(given), 'applyToCached');
  if (change !== undefined && typeof change !== 'function') {
    throw new OptionError('applyToCached', change, 'a function');
  }
}

import { isResourceName } from '@prunella/protocol';
import { type RepairKind, type ResourceKind, repairKinds, resourceKinds } from './answers.ts';
import { splitWords } from './split-words.ts';

/** What a text means, or why it cannot be taken. */
export type Read<Value> = { readonly value: Value } | { readonly problem: string };

export function readResource(text: string): Read<{ readonly kind: ResourceKind; readonly name: string }> {
  const [kind = '', name = 'main'] = text.split('/', 2);
  const known = resourceKinds.find((each) => each === kind);
  if (known === undefined) {
    return { problem: `${kind} cannot be set up here: there are ${resourceKinds.join(', ')}` };
  }
  return isResourceName(`${kind}/${name}`)
    ? { value: { kind: known, name } }
    : { problem: `${name} is no name: letters, digits, \`.\`, \`_\`, \`:\` and \`-\`` };
}

export function readPort(text: string): Read<number> {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65_535
    ? { value: port }
    : { problem: `${text} is no port: a whole number from 1 to 65535` };
}

export function readUrl(text: string): Read<string> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return { problem: `${text} is no address: it begins with http:// or https://` };
  }
  return url.username === '' && url.password === ''
    ? { value: text }
    : { problem: 'an address must hold no user and no password' };
}

export function readRepair(text: string): Read<RepairKind> {
  const known = repairKinds.find((each) => each === text);
  return known === undefined ? { problem: `${text} is none of ${repairKinds.join(', ')}` } : { value: known };
}

export function readAutonomy(text: string): Read<'ask' | 'auto'> {
  return text === 'ask' || text === 'auto' ? { value: text } : { problem: `${text} is none of ask, auto` };
}

export function readCommand(text: string): Read<readonly string[]> {
  const words = splitWords(text);
  return words.length > 0 ? { value: words } : { problem: 'a program is wanted, with its arguments' };
}

export function readWord(text: string): Read<string> {
  return /^[^\s\p{Cc}]{1,200}$/u.test(text)
    ? { value: text }
    : { problem: `"${text.slice(0, 40)}" is no name: one word without blanks` };
}

export function readMinion(text: string): Read<string> {
  return /^[\w.:-]{1,200}$/.test(text)
    ? { value: text }
    : { problem: `"${text.slice(0, 40)}" is no id of one minion: a pattern would mean others, too` };
}

export function readSlackChannel(text: string): Read<string> {
  return /^[CGD][A-Z0-9]{2,20}$/.test(text)
    ? { value: text }
    : { problem: `"${text.slice(0, 40)}" is no id of a channel, such as C0123456789; its name is none` };
}

export function readMailbox(text: string): Read<string> {
  return /^[^\p{Cc}\s<>"@,;]{1,64}@[^\p{Cc}\s<>"@,;]{1,253}$/u.test(text)
    ? { value: text }
    : { problem: `"${text.slice(0, 40)}" is no address of a person, such as ops@example.com` };
}

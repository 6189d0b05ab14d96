/** What a remedy of the healer's is: something that this page can do, a command for a terminal, or a sentence. */
export type Remedy =
  | { readonly type: 'approve' | 'reject'; readonly attempt: string }
  | { readonly type: 'resume-all' }
  | { readonly type: 'resume-ladder' | 'release' | 'close'; readonly incident: string }
  | { readonly type: 'lift-demotion'; readonly resource: string; readonly step: string }
  | { readonly type: 'command'; readonly command: string }
  | { readonly type: 'sentence'; readonly text: string };

/** Remedies are written for a terminal; those that the page knows become its buttons. */
export function readRemedy(text: string): Remedy {
  const [program, verb, ...rest] = text.split(' ');
  if (program !== 'prunella' || verb === undefined) return { type: 'sentence', text };
  const [first, second, third] = rest;
  const isAlone = first !== undefined && rest.length === 1;
  if ((verb === 'approve' || verb === 'reject') && isAlone) return { type: verb, attempt: first };
  if (verb === 'resume' && first === undefined) return { type: 'resume-all' };
  if (verb === 'resume' && isAlone) return { type: 'resume-ladder', incident: first };
  if ((verb === 'release' || verb === 'close') && isAlone) return { type: verb, incident: first };
  if (verb === 'autonomy' && first === 'lift' && second !== undefined && third !== undefined) {
    return { type: 'lift-demotion', resource: second, step: third };
  }
  return { type: 'command', command: text };
}

import type { NamedState } from './state-names.ts';
import { entryOf, isRecord } from './value.ts';

const failuresNamed = 3;
const errorsRead = 20;
const longestRead = 4_000;
const markLength = 40;
const notShown = '(not shown)';

/** States whose comment is what they ran, or what it gave back. */
const runners = /^(?:cmd|module)$/;
const requisiteFailed = 'One or more requisite failed';

/** Which failed and why, those first that failed by themselves. Comments go on without what must not be shown. */
export function failuresText(broken: readonly NamedState[], all: readonly NamedState[]): string {
  const isFollowing = (each: NamedState) => commentOf(each).startsWith(requisiteFailed);
  const causes = broken.filter((each) => !isFollowing(each));
  const hidden = [...new Set(all.flatMap((each) => each.hidden))].filter((text) => /\s/.test(text));
  const named = [
    ...causes.slice(0, failuresNamed).map((each) => `${each.shown}: ${whyOf(each, hidden)}`),
    // Salt's comment names the one that failed by its id.
    ...broken.filter(isFollowing).map(({ shown }) => `${shown}: a state that it requires failed`),
  ];
  return named.slice(0, failuresNamed).join('; ');
}

/**
 * What Salt says of states that it could not even put together: of each text the first line, since the states
 * themselves follow, with what pillar made of them.
 */
export function compilerText(texts: readonly unknown[]): string {
  const lines = texts.slice(0, errorsRead).map((text) => {
    const [line = ''] = (typeof text === 'string' ? text : '').slice(0, longestRead).split(/[\n{]/);
    return line.replaceAll(quotedId, hideId).replaceAll(bareId, hideId);
  });
  return lines.join(' ');
}

const quotedId =
  /(^|\bID |\bID is |\b[Ss]tate |\bfunction |\brequisite |\bname )(?:'(.*?)'|"(.*?)")(?= (?:in|and|was|is|contains)\b|,|$)/g;
const bareId = /(\bID |\b[Ss]tate |\bfor )(?!is )[^'"].*?(?=,? in (?:SLS|template)\b)/g;

function hideId(whole: string, before: string): string {
  return /\s/.test(whole.slice(before.length)) ? `${before}${notShown}` : whole;
}

function whyOf(each: NamedState, hidden: readonly string[]): string {
  const { module, function: functionName, state } = each;
  if (!runners.test(module)) return without(commentOf(each), hidden);
  const changes = entryOf(state, 'changes');
  const retcode = isRecord(changes) ? entryOf(changes, 'retcode') : undefined;
  return `${functionName} failed${typeof retcode === 'number' ? ` with retcode ${retcode}` : ''}`;
}

/** Ends where one of these texts begins. */
function without(comment: string, hidden: readonly string[]): string {
  const found = hidden.map((text) => comment.indexOf(text.slice(0, markLength))).filter((at) => at >= 0);
  return found.length === 0 ? comment : `${comment.slice(0, Math.min(...found))}${notShown}`;
}

function commentOf({ state }: NamedState): string {
  const comment = entryOf(state, 'comment');
  const written = typeof comment === 'string' ? comment : (JSON.stringify(comment) ?? '');
  return written.slice(0, longestRead);
}

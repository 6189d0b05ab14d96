import { nearest } from '../document/nearest.ts';
import { isError, type Problem } from '../document/problem.ts';
import type { ProblemText, SourceDocument, WrittenDocument } from '../document/source-document.ts';
import { validate } from '../document/validate.ts';
import { laidOver } from './merged-document.ts';
import { type PlaybookText, playbookText } from './text.ts';
import { stepIds } from './to-playbook.ts';

/** Playbooks that one may extend, one above the other. */
const longestChain = 8;

/** One document by itself, before it takes over anything. */
export interface Draft {
  readonly document: SourceDocument;
  readonly file: string;
  readonly text: PlaybookText | null;
  readonly problems: readonly Problem[];
}

export interface Extended {
  /** Null where it cannot be put together; the problems say why. */
  readonly whole: { readonly document: WrittenDocument; readonly text: PlaybookText } | null;
  readonly problems: readonly Problem[];
}

/** A draft with what it takes over, down to the last playbook of its chain. */
export function extend(draft: Draft, byName: ReadonlyMap<string, Draft>): Extended {
  const chain: Draft[] = [draft];
  for (let here = draft; here.text?.extends !== undefined; ) {
    const base = byName.get(here.text.extends);
    if (base === undefined) {
      return chain.length === 1
        ? refuse(draft, unknownBase(draft, here.text.extends, byName))
        : broken(draft, here);
    }
    if (base.text === null || base.problems.some(isError)) return broken(draft, base);
    if (chain.includes(base)) {
      const names = [...chain.slice(chain.indexOf(base)), base].map(({ text }) => text?.playbook ?? '');
      return chain.indexOf(base) > 0
        ? broken(draft, base)
        : refuse(draft, {
            code: 'extends-cycle',
            message: `it extends itself: ${names.join(' -> ')}`,
            suggestion: 'take `extends` out of one of them',
          });
    }
    if (chain.length > longestChain) {
      return refuse(draft, {
        code: 'extends-too-long',
        message: `more than ${longestChain} playbooks extend one another`,
        suggestion: 'extend one that says it all',
      });
    }
    chain.push(base);
    here = base;
  }
  return together(chain);
}

function together(chain: readonly Draft[]): Extended {
  let whole: Extended['whole'] = null;
  for (const { document, text } of chain.toReversed()) {
    if (text === null) return { whole: null, problems: [] };
    if (whole === null) {
      whole = { document, text };
      continue;
    }
    const merged: WrittenDocument = laidOver(whole.document, document, stepIds(whole.text.ladder ?? []));
    const { value, problems } = validate(merged, playbookText());
    if (value === null) return { whole: null, problems };
    whole = { document: merged, text: value };
  }
  return { whole, problems: [] };
}

function refuse(draft: Draft, said: Parameters<SourceDocument['problemAt']>[1]): Extended {
  return { whole: null, problems: [draft.document.problemAt(['extends'], said)] };
}

function broken(draft: Draft, base: Draft): Extended {
  return refuse(draft, {
    code: 'extends-broken',
    message: `the playbook \`${base.text?.playbook ?? ''}\` that it extends cannot be used`,
    suggestion: 'see what is said of that one',
  });
}

function unknownBase(draft: Draft, name: string, byName: ReadonlyMap<string, Draft>): ProblemText {
  const names = [...byName.keys()].filter((known) => known !== draft.text?.playbook);
  const meant = nearest(name, names);
  return {
    code: 'extends-unknown',
    message: `no playbook has the name \`${name}\``,
    suggestion:
      meant === null ? `there are: ${names.slice(0, 12).join(', ') || 'none'}` : `did you mean \`${meant}\`?`,
  };
}

import type { Signal } from '@prunella/core';

/** Only people's own route makes signals of this type: a playbook may trust a person more than a program. */
export const personSignalType = 'person.report';

export interface PersonSaid {
  readonly id: string;
  /** Their name, as it is shown. */
  readonly by: string;
  readonly resource: string;
  readonly node?: string;
  readonly status: Signal['status'];
  readonly summary: string;
}

/** Reads as a sentence where reasons are shown: `person.report from anna: the shop is slow`. */
export function personSignal({ by, node, ...said }: PersonSaid): Signal {
  return {
    ...said,
    source: by,
    type: personSignalType,
    ...(node === undefined ? {} : { node }),
    data: { by },
  };
}

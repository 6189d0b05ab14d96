import type { Playbook } from '@prunella/core';
import { JsonText } from '../store/json-text.ts';
import type { ResourceRecord } from './world.ts';

const playbookTexts = new WeakMap<Playbook, string>();

/**
 * A record as it is stored. The playbook of an open incident is up to half of it, never changes, and is the same for
 * all that were opened under it.
 */
export function recordText(record: ResourceRecord): unknown {
  const { playbook, ...others } = record;
  if (playbook === null) return record;
  return new JsonText(() => `{"playbook":${textOf(playbook)},${JSON.stringify(others).slice(1)}`);
}

function textOf(playbook: Playbook): string {
  const known = playbookTexts.get(playbook);
  if (known !== undefined) return known;
  const text = JSON.stringify(playbook);
  playbookTexts.set(playbook, text);
  return text;
}

/** What was read from a store has a playbook of its own for each record: the same ones become one again. */
export function sharedPlaybooks(): (record: ResourceRecord) => ResourceRecord {
  const byText = new Map<string, Playbook>();
  return (record) => {
    if (record.playbook === null) return record;
    const text = textOf(record.playbook);
    const shared = byText.get(text);
    if (shared !== undefined) return { ...record, playbook: shared };
    byText.set(text, record.playbook);
    return record;
  };
}

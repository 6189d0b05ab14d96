import type { Expression } from '@prunella/core';
import type { CloudEventsConfiguration } from '../configuration.ts';
import { compiled, compiledOrNone, eventVariables, isTrueOf, textOf, tooMuch } from '../mapping.ts';
import { signalFrom } from '../signal-text.ts';
import type { Part } from '../take-parts.ts';
import type { CloudEvent } from './event.ts';
import type { ReadEvent } from './read-request.ts';

/** How signals are made of events: `when` and `map`, read once. */
export interface EventMapping {
  readonly when: Expression | undefined;
  readonly resource: Expression;
  readonly node: Expression | undefined;
  readonly status: Expression | undefined;
  readonly summary: Expression | undefined;
}

export function eventMapping({ when, map }: CloudEventsConfiguration): EventMapping {
  return {
    when: compiledOrNone(when, eventVariables, 'truth'),
    resource: compiled(map.resource, eventVariables, 'text'),
    node: compiledOrNone(map.node, eventVariables, 'text'),
    status: compiledOrNone(map.status, eventVariables, 'text'),
    summary: compiledOrNone(map.summary, eventVariables, 'text'),
  };
}

export function partsOfEvents(events: readonly ReadEvent[], mapping: EventMapping): readonly Part[] {
  return events.map((read) =>
    'wrong' in read
      ? { at: read.wrong.field, fate: 'unmapped', reason: read.wrong.message }
      : partOf(read.event, read.at, mapping),
  );
}

function partOf(event: CloudEvent, at: string, mapping: EventMapping): Part {
  const unmapped = (reason: string): Part => ({ at, fate: 'unmapped', reason });
  const much = tooMuch(event.data);
  if (much !== null) return unmapped(much);
  const { extensions, ...attributes } = event;
  const facts = { event: { ...extensions, ...attributes } };
  if (!isTrueOf(mapping.when, facts)) return { at, fate: 'ignored', reason: '`when` is not true of it' };
  const resource = textOf('resource', mapping.resource, facts);
  if ('wrong' in resource) return unmapped(resource.wrong);
  const node = textOf('node', mapping.node, facts);
  if ('wrong' in node) return unmapped(node.wrong);
  const status = textOf('status', mapping.status, facts);
  if ('wrong' in status) return unmapped(status.wrong);
  const summary = textOf('summary', mapping.summary, facts);
  if ('wrong' in summary) return unmapped(summary.wrong);
  const { id, source, type, time, subject, data } = event;
  const signal = signalFrom({
    id,
    source,
    type,
    resource: resource.value ?? '',
    node: node.value ?? extensionText(event, 'prunellanode'),
    status: status.value ?? (extensionText(event, 'prunellastatus') || 'firing'),
    summary: summary.value ?? saidIn(data) ?? type,
    data: {
      ...(isRecord(data) ? data : data === undefined ? {} : { data }),
      cloudevent: {
        ...extensions,
        ...(time === undefined ? {} : { time }),
        ...(subject === undefined ? {} : { subject }),
      },
    },
  });
  return 'wrong' in signal ? unmapped(signal.wrong) : { at, fate: 'signal', signal };
}

function extensionText({ extensions }: CloudEvent, name: string): string {
  return Object.hasOwn(extensions, name) ? String(extensions[name]) : '';
}

function saidIn(data: unknown): string | null {
  if (!isRecord(data)) return null;
  const said = data['summary'] ?? data['message'];
  return typeof said === 'string' && said !== '' ? said : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { type CloudEvent, CloudEventError, eventFrom, NoCloudEvent } from './event.ts';

/** Of one batch. */
const eventsInBatch = 100;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Each event, or what is wrong with it. `at` says which, where there are several. */
export type ReadEvent = { readonly at: string } & (
  | { readonly event: CloudEvent }
  | { readonly wrong: CloudEventError }
);

/**
 * Reads a request of any of the three modes, told apart by its content type: structured, batch, else binary.
 * Throws a `CloudEventError` where nothing of it can be read, and `NoCloudEvent` where it is none.
 */
export function readEvents(headers: Headers, body: Buffer): readonly ReadEvent[] {
  const contentType = one(headers['content-type']) ?? '';
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'application/cloudevents-batch+json') return readBatch(body);
  if (mediaType === 'application/cloudevents+json') {
    return [{ at: 'event', event: structured(parseJson(body, 'body'), '') }];
  }
  if (mediaType.startsWith('application/cloudevents')) {
    throw new NoCloudEvent(`${mediaType.slice(0, 100)} is not taken: send the JSON format`);
  }
  if (headers['ce-specversion'] === undefined) {
    throw new NoCloudEvent(
      'this is no CloudEvent: send `content-type: application/cloudevents+json`, or the headers ce-specversion, ce-id, ce-source and ce-type',
    );
  }
  return [{ at: 'event', event: binary(headers, contentType, mediaType, body) }];
}

function readBatch(body: Buffer): readonly ReadEvent[] {
  const batch = parseJson(body, 'body');
  if (!Array.isArray(batch)) throw new CloudEventError('body', 'a batch must be a JSON list of events');
  if (batch.length > eventsInBatch) {
    throw new CloudEventError(
      'body',
      `at most ${eventsInBatch} events fit into a batch, got ${batch.length}`,
    );
  }
  const read = batch.map((value: unknown, index): ReadEvent => {
    const at = `events[${index}]`;
    try {
      return { at, event: structured(value, `${at}.`) };
    } catch (error) {
      if (error instanceof CloudEventError) return { at, wrong: error };
      throw error;
    }
  });
  const [first] = read;
  const nothing = read.every((each) => 'wrong' in each);
  if (nothing && first !== undefined && 'wrong' in first) throw first.wrong;
  return read;
}

function structured(value: unknown, prefix: string): CloudEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CloudEventError(`${prefix}event`, 'an event must be a JSON object');
  }
  const { data, data_base64: base64, ...attributes } = value as Record<string, unknown>;
  const nameOf = (attribute: string) => `${prefix}${attribute}`;
  if (base64 === undefined || base64 === null) return eventFrom(attributes, data ?? undefined, nameOf);
  if (data !== undefined && data !== null) {
    throw new CloudEventError(nameOf('data_base64'), 'must not stand beside `data`');
  }
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new CloudEventError(nameOf('data_base64'), 'must be text in Base64');
  }
  const type = attributes['datacontenttype'];
  const bytes = Buffer.from(base64, 'base64');
  return eventFrom(
    attributes,
    dataOf(bytes, typeof type === 'string' ? type : '', nameOf('data_base64')),
    nameOf,
  );
}

function binary(headers: Headers, contentType: string, mediaType: string, body: Buffer): CloudEvent {
  const attributes: [string, unknown][] = [];
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('ce-')) continue;
    const name = header.slice('ce-'.length);
    if (name === 'datacontenttype') {
      throw new CloudEventError(header, 'must not be sent: in binary mode it is the header content-type');
    }
    attributes.push([name, decodeHeader(one(value) ?? '', header)]);
  }
  if (contentType !== '') attributes.push(['datacontenttype', contentType]);
  const data = dataOf(body, mediaType, 'body');
  return eventFrom(Object.fromEntries(attributes), data, (attribute) =>
    attribute === 'datacontenttype' ? 'content-type' : `ce-${attribute}`,
  );
}

/** As the HTTP binding says: first the quotes of a quoted string go, then one round of percent-decoding. */
function decodeHeader(value: string, header: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value)?.[1];
  if (/[^\t\x20-\x7e]/.test(value)) {
    throw new CloudEventError(header, 'must be printable ASCII: others are percent-encoded UTF-8');
  }
  const bare = quoted === undefined ? value : quoted.replaceAll(/\\(.)/g, '$1');
  try {
    return decodeURIComponent(bare);
  } catch {
    throw new CloudEventError(header, 'is not percent-encoded UTF-8: write `%25` for a percent sign');
  }
}

/** JSON by its type; text by its type; other bytes mean nothing to an expression. */
function dataOf(bytes: Buffer, type: string, field: string): unknown {
  if (bytes.length === 0) return undefined;
  const mediaType = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/^(?:[^/]+\/json|[^/]+\/[^/]*\+json)$/.test(mediaType)) return parseJson(bytes, field);
  return mediaType.startsWith('text/') ? bytes.toString('utf8') : undefined;
}

function parseJson(bytes: Buffer, field: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new CloudEventError(field, 'is no JSON in UTF-8');
  }
}

function one(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

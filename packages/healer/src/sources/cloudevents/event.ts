/**
 * A CloudEvent, version 1.0 (https://github.com/cloudevents/spec, documents `spec`, `json-format` and
 * `http-protocol-binding` of v1.0.2), whichever of the three HTTP modes it came in.
 */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  /** By lower-case name. */
  readonly extensions: Readonly<Record<string, string | number | boolean>>;
  /** JSON where its content type says so, else text, else undefined: no data, or bytes that mean nothing here. */
  readonly data: unknown;
}

/** What breaks the specification. The sender has to be mended: it is of no use to send it again. */
export class CloudEventError extends Error {
  /** Such as `events[2].time`, or the header `ce-time`. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.name = 'CloudEventError';
    this.field = field;
  }
}

/** A request in none of the modes, or in a format that is not taken. */
export class NoCloudEvent extends Error {}

const attributeName = /^[a-z0-9]{1,100}$/;
const longestText = 4_096;
/** RFC 3339, as the specification wants it; letters may be small. */
const timestamp = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

const ownAttributes: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'dataschema',
]);

/** Checks attributes against the rules of the specification; `nameOf` says how a name was written by the sender. */
export function eventFrom(
  attributes: Readonly<Record<string, unknown>>,
  data: unknown,
  nameOf: (attribute: string) => string,
): CloudEvent {
  const version = attributes['specversion'];
  if (version !== '1.0') {
    throw new CloudEventError(
      nameOf('specversion'),
      version === undefined ? 'is missing; this takes CloudEvents 1.0' : 'must be 1.0',
    );
  }
  const required = (name: string) => {
    const value = text(attributes[name], nameOf(name));
    if (value === undefined) throw new CloudEventError(nameOf(name), 'is missing, or empty');
    return value;
  };
  const optional = (name: string) => text(attributes[name], nameOf(name));
  const source = required('source');
  if (!isUriReference(source)) throw new CloudEventError(nameOf('source'), 'must be a URI-reference');
  const time = optional('time');
  if (time !== undefined && (!timestamp.test(time) || Number.isNaN(Date.parse(time.toUpperCase())))) {
    throw new CloudEventError(nameOf('time'), 'must be a time of RFC 3339, such as 2026-11-26T08:00:00Z');
  }
  const dataschema = optional('dataschema');
  if (dataschema !== undefined && !URL.canParse(dataschema)) {
    throw new CloudEventError(nameOf('dataschema'), 'must be an absolute URI');
  }
  const subject = optional('subject');
  const datacontenttype = optional('datacontenttype');
  return {
    id: required('id'),
    source,
    type: required('type'),
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time }),
    ...(datacontenttype === undefined ? {} : { datacontenttype }),
    ...(dataschema === undefined ? {} : { dataschema }),
    extensions: extensionsOf(attributes, nameOf),
    data,
  };
}

/** An attribute that is null in JSON is one that is not there. */
function text(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new CloudEventError(field, 'must be text');
  if (value.length > longestText) {
    throw new CloudEventError(field, `must have at most ${longestText} characters`);
  }
  if (/\p{Cc}|\p{Cs}/u.test(value)) throw new CloudEventError(field, 'must not hold control characters');
  if (value === '') throw new CloudEventError(field, 'must not be empty');
  return value;
}

function extensionsOf(
  attributes: Readonly<Record<string, unknown>>,
  nameOf: (attribute: string) => string,
): CloudEvent['extensions'] {
  const extensions: [string, string | number | boolean][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (ownAttributes.has(name) || value === null || value === undefined) continue;
    if (!attributeName.test(name)) {
      throw new CloudEventError(nameOf(name), 'is no attribute: their names are small letters and digits');
    }
    if (typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value))) {
      extensions.push([name, value]);
    } else {
      // An extension, unlike the attributes of the specification, may be empty text.
      extensions.push([name, value === '' ? '' : (text(value, nameOf(name)) ?? '')]);
    }
  }
  return Object.fromEntries(extensions);
}

function isUriReference(value: string): boolean {
  return !/[\s<>"\\^`{|}]/.test(value) && URL.canParse(value, 'http://relative.invalid/');
}

import type * as Api from '@opentelemetry/api';

/** What is used of `@opentelemetry/api`; the application passes its own copy, and this package has none. */
export type OpenTelemetryApi = Pick<
  typeof Api,
  'context' | 'metrics' | 'trace' | 'SpanKind' | 'SpanStatusCode'
>;

import type { Adapter } from '../adapter.ts';
import { attach, connect, type OwningAdapter } from '../attach.ts';
import { checkMethods } from '../check.ts';
import { systemClock } from '../clock.ts';
import type { Guard } from '../guard.ts';
import type { GuardOptions } from '../options.ts';
import type { OpenTelemetryApi } from './api.ts';
import { attributesOf } from './attributes.ts';
import { Metrics } from './metrics.ts';
import { traced } from './traced.ts';

/** `attach` and `connect` as the entry has them, for guards with spans and metrics. */
export interface GuardTelemetry {
  attach<Handle>(adapter: Adapter<Handle>, options: GuardOptions): Guard<Handle>;
  connect<Handle>(adapter: OwningAdapter<Handle>, options: GuardOptions): Guard<Handle>;
}

const scope = '@prunella/guard';

/**
 * Makes guards that give a span for each call that reaches the driver, and metrics. Set up the SDK before: meters
 * that were got earlier stay silent. Call it once for a process. Throws an `OptionError` for what is not the API.
 */
export function openTelemetry(api: OpenTelemetryApi): GuardTelemetry {
  checkMethods('api.trace', Object(api).trace, ['getTracer', 'setSpan']);
  checkMethods('api.context', Object(api).context, ['active', 'with']);
  checkMethods('api.metrics', Object(api).metrics, ['getMeter']);
  const tracer = api.trace.getTracer(scope);
  const metrics = new Metrics(api.metrics.getMeter(scope));
  const around = <Handle>(adapter: Adapter<Handle>, options: GuardOptions) =>
    traced(adapter, {
      api,
      tracer,
      clock: options.clock ?? systemClock,
      name: `guard ${options.resource}`,
      attributes: attributesOf(options.resource, adapter.driver),
      onEnd: (seconds, attributes) => metrics.duration.record(seconds, attributes),
    });
  const observed = <Handle>(guard: Guard<Handle>, adapter: Adapter<Handle>) => {
    metrics.observe(guard, attributesOf(guard.resource, adapter.driver));
    return guard;
  };
  return {
    attach(adapter, options) {
      checkMethods('adapter', adapter, ['lease', 'classify', 'ping']);
      return observed(attach(around(adapter, Object(options)), options), adapter);
    },
    connect(adapter, options) {
      checkMethods('adapter', adapter, ['lease', 'classify', 'ping', 'close']);
      const close = () => adapter.close();
      return observed(connect({ ...around(adapter, Object(options)), close }, options), adapter);
    },
  };
}

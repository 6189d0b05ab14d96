// What docs/observability.md shows, as a program.
// #region import diagnostics
import { subscribe } from '@prunella/guard/diagnostics';

// #endregion

// #region import telemetry
import * as api from '@opentelemetry/api';
import { openTelemetry } from '@prunella/guard/opentelemetry';
import { pgPool } from '@prunella/guard/pg';

// #endregion

import type { FaultKind, Guard } from '@prunella/guard';
import type pg from 'pg';

export function listening(
  database: Guard<unknown>,
  logger: { warn(fields: object, text: string): void },
  count: (resource: string, kind: FaultKind) => void,
) {
  const ofOne = () => {
    // #region on
    const stop = database.on('condition', ({ condition, previous, fault }) => {
      logger.warn({ condition, previous, kind: fault?.kind }, 'database');
    });
    // #endregion
    return stop;
  };
  const ofAll = () => {
    // #region subscribe
    const stop = subscribe('fault', ({ resource, fault }) => count(resource, fault.kind));
    // #endregion
    return stop;
  };
  return { ofOne, ofAll };
}

export function traced(pool: pg.Pool) {
  // #region telemetry
  const { attach, connect } = openTelemetry(api); // once, after the SDK is set up
  const database = attach(pgPool(pool), { resource: 'postgres/main' });
  // #endregion
  return { database, connect };
}

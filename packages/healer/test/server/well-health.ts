import type { HealthStanding } from '../../src/server/routes/health.ts';

/** Of a healer that works and tells nobody. */
export const wellHealth: HealthStanding = {
  healthy: true,
  lastHealthyAt: 5,
  heartbeat: { configured: false, lastSentAt: null, failure: null },
};

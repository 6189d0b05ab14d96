export { fastifyHealth, type HealthReply, honoHealth, nodeHealth } from './handlers.ts';
export { type Health, type HealthOptions, health, type ResourceHealth } from './health.ts';

export { Agenda } from './agenda.ts';
export { Application, type ApplicationOptions } from './application.ts';
export { World, type WorldOptions, worldBegan } from './world.ts';

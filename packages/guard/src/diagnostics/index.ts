export { type GuardMessage, subscribe } from './subscribe.ts';

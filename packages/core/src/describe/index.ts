export { duration } from '../decide/wording.ts';
export { describeEvent } from './describe-event.ts';

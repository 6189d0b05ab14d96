export { duration, list, minuteText, timeText } from '../decide/wording.ts';
export { describeEvent } from './describe-event.ts';

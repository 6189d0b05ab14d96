export { duration, list, minuteText, timeText } from '../decide/wording.ts';
export { statesByUrgency, urgencyOf } from '../explain/urgency.ts';
export { describeEvent } from './describe-event.ts';

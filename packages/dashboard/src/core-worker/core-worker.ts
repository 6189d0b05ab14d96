import { answerTo } from './answer.ts';
import type { CoreAnswer, CoreQuestion } from './messages.ts';

addEventListener('message', (event: MessageEvent<CoreQuestion>) => {
  let answer: CoreAnswer;
  try {
    answer = { answer: answerTo(event.data) };
  } catch (error) {
    answer = { failed: String(error) };
  }
  postMessage(answer);
});

// The document does not hear of what the policy forbids here.
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  console.error(`policy: ${violatedDirective} ${blockedURI}`);
});

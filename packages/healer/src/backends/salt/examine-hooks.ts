import type { Finding } from '../../doctor/finding.ts';
import { well } from '../../doctor/finding.ts';
import type { HttpAnswer } from './http.ts';
import { SaltError } from './salt-error.ts';

const check = 'salt-webhook-answers';
/** Of two webhooks at once a salt-api was seen to answer 500 to every second one afterwards, of more to each. */
const asked = 4;

/**
 * Whether salt-api still passes webhooks on. After two at the same moment it answers 500 to some or to all of them
 * until it is restarted, and nothing but webhooks shows it; so `post` sends one that no reactor serves, in its turn.
 */
export async function hookAnswersFinding(
  origin: string,
  post: () => Promise<HttpAnswer | null>,
): Promise<Finding> {
  let answer: HttpAnswer | null = null;
  try {
    for (let times = 0; times < asked; times += 1) {
      answer = await post();
      if (answer?.status !== 200) break;
    }
  } catch (error) {
    if (!(error instanceof SaltError)) throw error;
    return unknown(error.message, 'see that salt-api runs, and look again');
  }
  if (answer === null) return unknown('another webhook was under way all the time', 'look again in a moment');
  if (answer.status >= 500) {
    return {
      check,
      state: 'problem',
      what: `${origin} answers ${answer.status} to webhooks`,
      why: 'two webhooks at the same moment leave salt-api so until it is restarted; what each of them does then nobody can say',
      remedy:
        'restart salt-api; and let nobody else post to its webhooks, since the healer sends one at a time',
    };
  }
  if (answer.status === 200) return well(check, `${origin} passes webhooks on`);
  return unknown(
    `${origin} answered ${answer.status} to a webhook`,
    'see that hookPath is right, and look again',
  );
}

function unknown(what: string, remedy: string): Finding {
  return {
    check,
    state: 'unknown',
    what: `whether webhooks are passed on is not known: ${what}`,
    why: 'a salt-api that two webhooks at once have broken answers 500 until it is restarted',
    remedy,
  };
}

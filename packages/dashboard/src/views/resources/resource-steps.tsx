import type { ResourceDetail, ResourceStep } from '../../api/resources.ts';
import { Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { autonomySentence, decisionsSentence, effectivenessSentence } from '../../text/step-sentences.ts';
import { duration } from '../../text/time.ts';

/** What is done for it, mildest first: how that has done here, and what it may do alone. */
export function ResourceSteps({ detail: { steps, playbook } }: { readonly detail: ResourceDetail }) {
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      {steps.length === 0 ? (
        <p class="hint-above">
          {playbook === null ? 'None: no playbook is for it.' : `The playbook ${playbook} has none.`}
        </p>
      ) : (
        <ol class="parts">
          {steps.map((step) => (
            <Step key={step.step} step={step} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Step({ step }: { readonly step: ResourceStep }) {
  const { step: id, action, effect, afterMs, everyMs, max } = step;
  return (
    <li class="part">
      <span class="part-name">
        {id} <span class="faint">{action}</span>
      </span>
      <span class="part-text">
        <span class="line">
          <Sentence text={effectivenessSentence(step, now.peek())} />{' '}
          <Sentence text={autonomySentence(step)} />
        </span>
        <span class="line faint">
          {decisionsSentence(step)} It {effect}; after {duration(afterMs)}
          {max === 1 ? ', once' : `, then every ${duration(everyMs)}, at most ${max} times`} in an incident.
        </span>
      </span>
    </li>
  );
}

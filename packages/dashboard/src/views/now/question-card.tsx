import type { Explanation } from '@prunella/core';
import { commands } from '../../api/commands.ts';
import { incidentHref } from '../../app/router.ts';
import { Button } from '../../components/button.tsx';
import { showDialog } from '../../components/dialog-place.tsx';
import { OrderDialog } from '../../components/order-dialog.tsx';
import { Age, Countdown, Moment, Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { fleet, openIncidents, whyDisabled } from '../../live/fleet.ts';
import { type Question, questionsOf } from '../../text/fleet-sentence.ts';
import { Predictions } from './predictions.tsx';
import { StepText } from './step-text.tsx';
import { Touches } from './touches.tsx';

const effects = {
  restores: 'It only restores: nothing is restarted.',
  repairs: 'It repairs: it may change what is installed or started.',
  disrupts: 'It disrupts: what it touches is away for a moment.',
} as const;

/** What the healer wants to do, exactly, and until when it waits for an answer. */
export function QuestionCard(props: {
  readonly question: Question;
  readonly explanation: Explanation | undefined;
}) {
  const { question } = props;
  const { incident, attempt } = question;
  const expiresAt = attempt.approval?.expiresAt ?? null;
  const cannot = whyOver(question) ?? whyDisabled.value;
  const reasonId = `why-${attempt.attempt}`;
  const targets = attempt.targets.join(', ');
  return (
    <section class="card question tone-bad" aria-label={`${attempt.action} on ${targets}`}>
      <header class="card-head">
        <h3>
          <code>{attempt.action}</code> on {targets}
        </h3>
        {expiresAt === null ? null : (
          <span class="expiry">
            <Countdown at={expiresAt} /> left
          </span>
        )}
      </header>
      <dl class="facts">
        <div class="fact">
          <dt>For</dt>
          <dd>
            {incident.resource}, broken since <Moment at={incident.firstFaultAt} /> (
            <Age since={incident.firstFaultAt} />
            ); step {attempt.step}, run {attempt.run} ·{' '}
            <a href={incidentHref(incident.incident)}>the whole story</a>
          </dd>
        </div>
        <div class="fact">
          <dt>Why</dt>
          <dd>
            <Sentence text={props.explanation?.reason ?? incident.story} />
          </dd>
        </div>
        <div class="fact">
          <dt>Touches</dt>
          <dd>
            <Touches attempt={attempt} resource={incident.resource} />{' '}
            {attempt.effect === undefined ? null : effects[attempt.effect]}
          </dd>
        </div>
        {attempt.predictions === undefined ? null : (
          <div class="fact">
            <dt>Dry run</dt>
            <dd>
              <Predictions predictions={attempt.predictions} />
            </dd>
          </div>
        )}
        <StepText playbook={incident.playbook} step={attempt.step} />
        <div class="fact">
          <dt>No answer</dt>
          <dd>
            {expiresAt === null ? (
              'Without an answer'
            ) : (
              <>
                Without an answer until <Moment at={expiresAt} />
              </>
            )}{' '}
            it is a no: nothing is sent, and this step does not run again in this incident.
          </dd>
        </div>
      </dl>
      <p class="buttons question-buttons">
        <Button
          kind="main"
          disabledBecause={cannot}
          reasonId={reasonId}
          onClick={() => showDialog((close) => <ApproveDialog question={question} onClose={close} />)}
        >
          Approve …
        </Button>
        <Button
          disabledBecause={cannot}
          reasonId={reasonId}
          onClick={() => showDialog((close) => <RejectDialog question={question} onClose={close} />)}
        >
          Reject …
        </Button>
        {cannot === null ? (
          fleet.value?.paused == null ? null : (
            <span class="reason">
              All repairs are stopped: also a yes sends nothing before somebody resumes.
            </span>
          )
        ) : (
          <span class="reason" id={reasonId}>
            {cannot}
          </span>
        )}
      </p>
    </section>
  );
}

interface AnswerDialogProps {
  readonly question: Question;
  readonly onClose: () => void;
}

/** Why the question cannot be answered any more; null where it can. */
function whyOver({ incident, attempt }: Question): string | null {
  const expiresAt = attempt.approval?.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= now.value) return 'The time for an answer is over.';
  const questions = questionsOf(openIncidents.value ?? []);
  if (questions.some((each) => each.attempt.attempt === attempt.attempt)) return null;
  return `It is no question any more: somebody has answered, or ${incident.resource} has recovered.`;
}

function ApproveDialog({ question, onClose }: AnswerDialogProps) {
  const { incident, attempt } = question;
  const targets = attempt.targets.join(', ');
  return (
    <OrderDialog
      title={`Run ${attempt.action} on ${targets}?`}
      verb="Approve"
      disabledBecause={whyOver(question)}
      order={() => commands.approve(attempt.attempt)}
      done={`Approved: ${attempt.action} on ${targets}`}
      onClose={onClose}
    >
      <ul>
        <li>
          The healer looks once more: if {incident.resource} has recovered, or the targets have changed,
          nothing is sent.
        </li>
        {fleet.value?.paused == null ? null : (
          <li>
            All repairs are stopped by {fleet.value.paused.by}: nothing is sent before somebody resumes them.
          </li>
        )}
        <li>
          Otherwise <code>{attempt.action}</code> runs on exactly {targets}, as soon as every guardrail lets
          it.
        </li>
        {attempt.effect === undefined ? null : <li>{effects[attempt.effect]}</li>}
        <li>Then the applications that complained must say that it helped.</li>
      </ul>
    </OrderDialog>
  );
}

function RejectDialog({ question, onClose }: AnswerDialogProps) {
  const { attempt } = question;
  const targets = attempt.targets.join(', ');
  return (
    <OrderDialog
      title={`Not run ${attempt.action} on ${targets}?`}
      verb="Reject"
      kind="danger"
      reasonLabel="Why not (may stay empty)"
      disabledBecause={whyOver(question)}
      order={(reason) => commands.reject(attempt.attempt, reason)}
      done={`Rejected: ${attempt.action} on ${targets}`}
      onClose={onClose}
    >
      <p>
        Nothing is sent, and step {attempt.step} does not run again in this incident. The next step of the
        ladder may still come, and asks again where its playbook says so.
      </p>
    </OrderDialog>
  );
}

import { askActions } from '../api/actions.ts';
import { commands } from '../api/commands.ts';
import { Button } from '../components/button.tsx';
import { showDialog } from '../components/dialog-place.tsx';
import { OrderDialog } from '../components/order-dialog.tsx';
import { Moment, Sentence } from '../components/times.tsx';
import { useAnswer } from '../components/use-answer.ts';
import { areIncidentsCut, fleet, openIncidents } from '../live/fleet.ts';
import { questionsOf } from '../text/fleet-sentence.ts';
import { attemptsIn, stoppedText } from '../text/in-flight.ts';

const runningShown = 5;

/** Stops everything with one action and a confirmation, or lets it go on. */
export function KillSwitch() {
  const isPaused = fleet.value?.paused != null;
  return isPaused ? (
    <Button kind="main" onClick={() => showDialog((close) => <ResumeDialog onClose={close} />)}>
      Resume repairs
    </Button>
  ) : (
    <Button kind="danger" onClick={() => showDialog((close) => <StopDialog onClose={close} />)}>
      Stop all repairs
    </Button>
  );
}

function StopDialog({ onClose }: { readonly onClose: () => void }) {
  const incidents = openIncidents.value ?? [];
  const running = attemptsIn('dispatched', incidents);
  const verified = attemptsIn('verifying', incidents).length;
  const questions = questionsOf(incidents).length;
  const actions = useAnswer('actions', askActions);
  // Of incidents that are not told there may be more.
  const least = areIncidentsCut.value ? 'At least ' : '';
  const paused = fleet.value?.paused ?? null;
  return (
    <OrderDialog
      title="Stop all repairs?"
      verb="Stop all repairs"
      kind="danger"
      reasonLabel="Why, for those who find it stopped (may stay empty)"
      disabledBecause={paused === null ? null : `${paused.by} has stopped all repairs already.`}
      order={commands.pause}
      done="All repairs are stopped"
      onClose={onClose}
    >
      <ul>
        <li>From that moment on nothing new is sent, for any resource, until somebody resumes.</li>
        {running.length === 0 ? (
          <li>No repair is in flight now, so there is nothing to cancel.</li>
        ) : (
          <li>
            {running.length === 1 && least === ''
              ? 'One repair is in flight'
              : `${least}${running.length} repairs are in flight`}
            :
            <ul>
              {running.slice(0, runningShown).map(({ resource, attempt }) => (
                <li key={attempt.attempt}>
                  <code>{attempt.action}</code> on {attempt.targets.join(', ')} for {resource}:{' '}
                  {stoppedText(attempt, actions)}
                </li>
              ))}
              {running.length > runningShown ? <li>and {running.length - runningShown} more</li> : null}
            </ul>
          </li>
        )}
        {verified === 0 ? null : (
          <li>
            {verified === 1 ? 'One repair has ended' : `${verified} repairs have ended`}: whether it helped is
            still found out.
          </li>
        )}
        {questions === 0 ? null : (
          <li>
            {questions === 1 ? 'One question waits' : `${questions} questions wait`} for an answer and goes on
            waiting; also a yes sends nothing before somebody resumes.
          </li>
        )}
        <li>Watching, explaining and telling people go on. Applications keep working from their caches.</li>
      </ul>
    </OrderDialog>
  );
}

function ResumeDialog({ onClose }: { readonly onClose: () => void }) {
  const open = openIncidents.value ?? [];
  const paused = fleet.value?.paused;
  return (
    <OrderDialog
      title="Resume repairs?"
      verb="Resume repairs"
      disabledBecause={paused == null ? 'Somebody has resumed them already.' : null}
      order={commands.resume}
      done="Repairs go on"
      onClose={onClose}
    >
      {paused == null ? null : (
        <p>
          Stopped by {paused.by} at <Moment at={paused.at} />
          {paused.reason === '' ? '' : ': '}
          <Sentence text={paused.reason} />
        </p>
      )}
      {open.length === 0 ? (
        <p>No incident is open, so nothing runs at once.</p>
      ) : (
        <>
          <p>
            {open.length === 1 ? 'One incident is open' : `${open.length} incidents are open`}. Steps that
            have fallen due run at once, under the usual guardrails:
          </p>
          <ul>
            {open.slice(0, 5).map(({ incident, resource }) => (
              <li key={incident}>{resource}</li>
            ))}
            {open.length > 5 ? <li>and {open.length - 5} more</li> : null}
          </ul>
        </>
      )}
    </OrderDialog>
  );
}

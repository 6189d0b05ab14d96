import { useSignal, useSignalEffect } from '@preact/signals';
import { useId } from 'preact/hooks';
import { askResourceNames } from '../api/answers.ts';
import { commands } from '../api/commands.ts';
import { Button } from '../components/button.tsx';
import { showDialog } from '../components/dialog-place.tsx';
import { OrderDialog } from '../components/order-dialog.tsx';
import { Moment } from '../components/times.tsx';
import { now } from '../live/clock.ts';
import { openIncidents } from '../live/fleet.ts';
import { duration } from '../text/time.ts';

const minuteMs = 60_000;
/** Of those that fit what was typed. */
const namesShown = 50;
const typingMs = 150;
/** As many characters as the healer takes. */
const whatMost = 200;

type Work = 'maintenance' | 'deploy';

const works: Readonly<
  Record<Work, { readonly label: string; readonly title: string; readonly minutes: readonly number[] }>
> = {
  maintenance: { label: 'Maintenance', title: 'Begin maintenance', minutes: [30, 60, 120, 240, 480] },
  deploy: { label: 'A deploy', title: 'Announce a deploy', minutes: [5, 10, 15, 30, 60] },
};

/** Says that somebody works on a resource or deploys there, so that the healer leaves it alone meanwhile. */
export function Maintenance() {
  return (
    <Button onClick={() => showDialog((close) => <MaintenanceDialog resource="" onClose={close} />)}>
      Maintenance
    </Button>
  );
}

export function MaintenanceDialog(props: { readonly resource: string; readonly onClose: () => void }) {
  const resource = useSignal(props.resource);
  const work = useSignal<Work>('maintenance');
  const minutes = useSignal(60);
  const what = useSignal('');
  const whatField = useId();
  const resourceField = useId();
  const known = useId();
  const minutesField = useId();
  const names = useSignal<readonly string[]>([]);
  useSignalEffect(() => {
    const part = resource.value;
    const stopping = new AbortController();
    const timer = setTimeout(() => {
      // What cannot be asked for is said at the head of the page.
      askResourceNames(part, namesShown, stopping.signal).then(
        (found) => {
          names.value = found;
        },
        () => {},
      );
    }, typingMs);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  });
  const isKnown = names.value.includes(resource.value);
  const running = (openIncidents.value ?? [])
    .filter((incident) => incident.resource === resource.value)
    .flatMap(({ attempts }) => attempts.filter(({ phase }) => phase === 'dispatched'));
  const forMs = minutes.value * minuteMs;
  const isDeploy = work.value === 'deploy';
  const { title } = works[work.value];
  const whyNot = !isKnown
    ? 'Choose a resource that the healer knows.'
    : isDeploy && what.value.trim() === ''
      ? 'Say what is deployed.'
      : null;
  const order = (reason: string) =>
    isDeploy
      ? commands.announceDeploy(resource.value, forMs, what.value.trim())
      : commands.beginMaintenance(resource.value, forMs, reason);
  return (
    <OrderDialog
      title={title}
      verb={title}
      {...(isDeploy ? {} : { reasonLabel: 'What is being done (may stay empty)' })}
      disabledBecause={whyNot}
      order={order}
      done={
        isDeploy
          ? `The deploy at ${resource.value} is announced`
          : `Maintenance of ${resource.value} has begun`
      }
      onClose={props.onClose}
    >
      <fieldset class="choices choices-line">
        <legend>What goes on</legend>
        {(Object.keys(works) as Work[]).map((each) => (
          <label key={each}>
            <input
              type="radio"
              name="work"
              value={each}
              checked={work.value === each}
              onChange={() => {
                work.value = each;
                minutes.value = each === 'deploy' ? 5 : 60;
              }}
            />
            {works[each].label}
          </label>
        ))}
      </fieldset>
      <p class="field">
        <label for={resourceField}>Resource</label>
        <input
          id={resourceField}
          type="text"
          list={known}
          autocomplete="off"
          spellcheck={false}
          value={resource}
          onInput={(event) => {
            resource.value = event.currentTarget.value.trim();
          }}
        />
        <datalist id={known}>
          {names.value.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </p>
      {isDeploy ? (
        <p class="field">
          <label for={whatField}>What is deployed</label>
          <input
            id={whatField}
            type="text"
            autocomplete="off"
            maxLength={whatMost}
            placeholder="actioner 4.2"
            value={what}
            onInput={(event) => {
              what.value = event.currentTarget.value;
            }}
          />
        </p>
      ) : null}
      <p class="field">
        <label for={minutesField}>For</label>
        <select
          id={minutesField}
          value={String(minutes.value)}
          onChange={(event) => {
            minutes.value = Number(event.currentTarget.value);
          }}
        >
          {works[work.value].minutes.map((choice) => (
            <option key={choice} value={String(choice)}>
              {duration(choice * minuteMs)}
            </option>
          ))}
        </select>
      </p>
      <ul>
        <li>
          Nothing is sent for {resource.value === '' ? 'it' : resource.value} until{' '}
          <Moment at={now.value + forMs} />, or until somebody ends{' '}
          {isDeploy ? 'the deploy' : 'the maintenance'}. One that is in force is replaced.
        </li>
        {isDeploy ? (
          <li>
            After it only what restores runs for a while: 2 minutes, where the playbook writes nothing else.
          </li>
        ) : null}
        {running.length === 0 ? null : (
          <li>
            <code>{running[0]?.action}</code> is in flight and runs to its end.
          </li>
        )}
        <li>It is still watched and explained. What is broken at the end is repaired then.</li>
      </ul>
    </OrderDialog>
  );
}

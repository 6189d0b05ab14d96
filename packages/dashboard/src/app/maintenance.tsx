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
const choices = [30, 60, 120, 240, 480] as const;

/** Says that somebody works on a resource, so that the healer leaves it alone meanwhile. */
export function Maintenance() {
  return (
    <Button onClick={() => showDialog((close) => <MaintenanceDialog resource="" onClose={close} />)}>
      Maintenance
    </Button>
  );
}

export function MaintenanceDialog(props: { readonly resource: string; readonly onClose: () => void }) {
  const resource = useSignal(props.resource);
  const minutes = useSignal(60);
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
  return (
    <OrderDialog
      title="Begin maintenance"
      verb="Begin maintenance"
      reasonLabel="What is being done (may stay empty)"
      disabledBecause={isKnown ? null : 'Choose a resource that the healer knows.'}
      order={(reason) => commands.beginMaintenance(resource.value, forMs, reason)}
      done={`Maintenance of ${resource.value} has begun`}
      onClose={props.onClose}
    >
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
      <p class="field">
        <label for={minutesField}>For</label>
        <select
          id={minutesField}
          value={String(minutes.value)}
          onChange={(event) => {
            minutes.value = Number(event.currentTarget.value);
          }}
        >
          {choices.map((choice) => (
            <option key={choice} value={String(choice)}>
              {duration(choice * minuteMs)}
            </option>
          ))}
        </select>
      </p>
      <ul>
        <li>
          Nothing is sent for {resource.value === '' ? 'it' : resource.value} until{' '}
          <Moment at={now.value + forMs} />, or until somebody ends the maintenance. One that is in force is
          replaced.
        </li>
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

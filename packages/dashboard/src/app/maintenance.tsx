import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { commands } from '../api/commands.ts';
import { Button } from '../components/button.tsx';
import { OrderDialog } from '../components/order-dialog.tsx';
import { Moment } from '../components/times.tsx';
import { now } from '../live/clock.ts';
import { fleet } from '../live/fleet.ts';
import { duration } from '../text/time.ts';

const minuteMs = 60_000;
const choices = [30, 60, 120, 240, 480] as const;

/** Says that somebody works on a resource, so that the healer leaves it alone meanwhile. */
export function Maintenance() {
  const isOpen = useSignal(false);
  return (
    <>
      <Button
        onClick={() => {
          isOpen.value = true;
        }}
      >
        Maintenance
      </Button>
      {isOpen.value ? (
        <MaintenanceDialog
          resource=""
          onClose={() => {
            isOpen.value = false;
          }}
        />
      ) : null}
    </>
  );
}

export function MaintenanceDialog(props: { readonly resource: string; readonly onClose: () => void }) {
  const resource = useSignal(props.resource);
  const minutes = useSignal(60);
  const resourceField = useId();
  const known = useId();
  const minutesField = useId();
  const explanations = fleet.value?.explanations ?? [];
  const chosen = explanations.find((each) => each.resource === resource.value);
  const running = (fleet.value?.openIncidents ?? [])
    .filter((incident) => incident.resource === resource.value)
    .flatMap(({ attempts }) => attempts.filter(({ phase }) => phase === 'dispatched'));
  const forMs = minutes.value * minuteMs;
  return (
    <OrderDialog
      title="Begin maintenance"
      verb="Begin maintenance"
      reasonLabel="What is being done (may stay empty)"
      disabledBecause={chosen === undefined ? 'Choose a resource that the healer knows.' : null}
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
          {explanations.slice(0, 500).map((each) => (
            <option key={each.resource} value={each.resource} />
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

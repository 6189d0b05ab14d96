import type { Explanation } from '@prunella/core';
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import type { Incident } from '../../api/answers.ts';
import { commands } from '../../api/commands.ts';
import { MaintenanceDialog } from '../../app/maintenance.tsx';
import { Button } from '../../components/button.tsx';
import { Command } from '../../components/command.tsx';
import { showDialog } from '../../components/dialog-place.tsx';
import { OrderDialog } from '../../components/order-dialog.tsx';
import { Sentence } from '../../components/times.tsx';
import { openIncidents, whyDisabled } from '../../live/fleet.ts';
import { type Remedy, readRemedy } from '../../text/remedy.ts';

type IncidentOrderName = 'claim' | 'release' | 'close' | 'resume-ladder';

/** What is left to a person: buttons for what the page can do, commands and sentences for the rest. */
export function Remedies(props: {
  readonly explanation: Explanation;
  readonly incident: Incident | undefined;
}) {
  const { explanation, incident } = props;
  const { resource } = explanation;
  const reasonId = useId();
  const remedies = explanation.remedies.map(readRemedy);
  const isClaimed = remedies.some(({ type }) => type === 'release');
  const isPaused = remedies.some(({ type }) => type === 'resume-ladder');
  const lift = remedies.find((remedy) => remedy.type === 'lift-demotion');
  const isMaintained = explanation.reason.includes('in maintenance by ');
  const isDeployed = explanation.reason.includes(' is deployed by ');
  const button = (text: string, dialog: (close: () => void) => VNode) => (
    <Button disabledBecause={whyDisabled.value} reasonId={reasonId} onClick={() => showDialog(dialog)}>
      {text}
    </Button>
  );
  const order = (name: IncidentOrderName, text: string) =>
    incident === undefined
      ? null
      : button(text, (close) => <IncidentOrder name={name} incident={incident} onClose={close} />);
  return (
    <>
      <Told remedies={remedies} />
      <span class="buttons">
        {lift === undefined
          ? null
          : button('Let it act alone again', (close) => <LiftDialog {...lift} onClose={close} />)}
        {isPaused ? order('resume-ladder', 'Let it try again') : null}
        {isClaimed ? order('release', 'Give it back') : order('claim', 'I am on it')}
        {isMaintained
          ? button('End maintenance', (close) => <MaintenanceEnd resource={resource} onClose={close} />)
          : button('Maintenance', (close) => <MaintenanceDialog resource={resource} onClose={close} />)}
        {isDeployed
          ? button('The deploy has ended', (close) => <DeployEnd resource={resource} onClose={close} />)
          : null}
        {order('close', 'Close the incident')}
      </span>
      {whyDisabled.value === null ? null : (
        <span class="reason" id={reasonId}>
          {whyDisabled}
        </span>
      )}
    </>
  );
}

function LiftDialog(props: {
  readonly resource: string;
  readonly step: string;
  readonly onClose: () => void;
}) {
  const { resource, step, onClose } = props;
  return (
    <OrderDialog
      title={`Let step ${step} act as the playbook writes again?`}
      verb="Let it act"
      order={() => commands.liftDemotion(resource, step)}
      done={`Step ${step} may act as its playbook writes again`}
      onClose={onClose}
    >
      <p>
        It did harm at {resource}, so it asks before each run. From now on it does what its playbook says,
        without asking where that says so.
      </p>
    </OrderDialog>
  );
}

/** Remedies that no button here stands for. */
function Told({ remedies }: { readonly remedies: readonly Remedy[] }) {
  const told = remedies.filter(({ type }) => type === 'command' || type === 'sentence');
  if (told.length === 0) return null;
  return (
    <ul class="told">
      {told.map((remedy) =>
        remedy.type === 'command' ? (
          <li key={remedy.command}>
            <Command command={remedy.command} />
          </li>
        ) : remedy.type === 'sentence' ? (
          <li key={remedy.text}>
            <Sentence text={remedy.text} />
          </li>
        ) : null,
      )}
    </ul>
  );
}

function MaintenanceEnd({ resource, onClose }: { readonly resource: string; readonly onClose: () => void }) {
  return (
    <OrderDialog
      title={`End the maintenance of ${resource}?`}
      verb="End maintenance"
      order={() => commands.endMaintenance(resource)}
      done={`The maintenance of ${resource} has ended`}
      onClose={onClose}
    >
      <p>If it is broken then, steps that have fallen due run at once, under the usual guardrails.</p>
    </OrderDialog>
  );
}

function DeployEnd({ resource, onClose }: { readonly resource: string; readonly onClose: () => void }) {
  return (
    <OrderDialog
      title={`Has the deploy at ${resource} ended?`}
      verb="It has ended"
      order={() => commands.announceDeploy(resource, 0, 'ended by hand')}
      done={`The deploy at ${resource} has ended`}
      onClose={onClose}
    >
      <p>
        For the grace that its playbook writes only what restores runs; then every step that has fallen due.
      </p>
    </OrderDialog>
  );
}

interface IncidentOrderProps {
  readonly name: IncidentOrderName;
  readonly incident: Incident;
  readonly onClose: () => void;
}

function IncidentOrder({ name, incident, onClose }: IncidentOrderProps) {
  const { order, ...texts } = incidentOrders[name];
  const isOpen = (openIncidents.value ?? []).some((each) => each.incident === incident.incident);
  return (
    <OrderDialog
      {...texts}
      title={texts.title(incident.resource)}
      disabledBecause={isOpen ? null : 'The incident is over.'}
      order={(reason) => order(incident.incident, reason)}
      onClose={onClose}
    >
      {texts.what}
    </OrderDialog>
  );
}

interface IncidentOrderTexts {
  readonly title: (resource: string) => string;
  readonly verb: string;
  readonly kind?: 'main' | 'danger';
  readonly reasonLabel?: string;
  readonly done: string;
  readonly what: ComponentChildren;
  readonly order: (incident: string, reason: string) => Promise<unknown>;
}

const incidentOrders: Readonly<Record<IncidentOrderName, IncidentOrderTexts>> = {
  claim: {
    title: (resource) => `Work on ${resource} yourself?`,
    verb: 'I am on it',
    reasonLabel: 'What you do (may stay empty)',
    done: 'The healer leaves it to you',
    what: (
      <p>
        The healer sends nothing for this incident until you give it back. It goes on watching and closes it
        once all is well.
      </p>
    ),
    order: commands.claim,
  },
  release: {
    title: (resource) => `Give ${resource} back to the healer?`,
    verb: 'Give it back',
    done: 'The healer goes on with it',
    what: <p>Steps that have fallen due run at once, under the usual guardrails.</p>,
    order: (incident) => commands.release(incident),
  },
  close: {
    title: (resource) => `Close the incident of ${resource}?`,
    verb: 'Close the incident',
    kind: 'danger',
    reasonLabel: 'Why it is over (may stay empty)',
    done: 'The incident is closed',
    what: (
      <p>
        It counts as over by your word, whether or not it is. If it is still broken, the next evidence opens
        it again. An incident that is well closes by itself.
      </p>
    ),
    order: commands.close,
  },
  'resume-ladder': {
    title: (resource) => `Let the healer try ${resource} again?`,
    verb: 'Try again',
    done: 'The ladder goes on from its beginning',
    what: <p>Its ladder goes on from the beginning, with every step's runs counted anew.</p>,
    order: (incident) => commands.resumeLadder(incident),
  },
};

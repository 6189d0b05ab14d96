import { useSignal } from '@preact/signals';
import type { Explanation } from '@prunella/core';
import type { ComponentChildren } from 'preact';
import type { Incident } from '../../api/answers.ts';
import { commands } from '../../api/commands.ts';
import { MaintenanceDialog } from '../../app/maintenance.tsx';
import { Button } from '../../components/button.tsx';
import { Command } from '../../components/command.tsx';
import { OrderDialog } from '../../components/order-dialog.tsx';
import { Sentence } from '../../components/times.tsx';
import { whyDisabled } from '../../live/fleet.ts';
import { type Remedy, readRemedy } from '../../text/remedy.ts';

type Opened =
  | 'lift'
  | 'claim'
  | 'release'
  | 'close'
  | 'resume-ladder'
  | 'maintenance'
  | 'maintenance-end'
  | null;

/** What is left to a person: buttons for what the page can do, commands and sentences for the rest. */
export function Remedies(props: {
  readonly explanation: Explanation;
  readonly incident: Incident | undefined;
}) {
  const { explanation, incident } = props;
  const { resource } = explanation;
  const opened = useSignal<Opened>(null);
  const remedies = explanation.remedies.map(readRemedy);
  const isClaimed = remedies.some(({ type }) => type === 'release');
  const isPaused = remedies.some(({ type }) => type === 'resume-ladder');
  const lift = remedies.find((remedy) => remedy.type === 'lift-demotion');
  const isMaintained = explanation.reason.includes('in maintenance by ');
  const open = (what: Opened) => () => {
    opened.value = what;
  };
  const button = (what: Exclude<Opened, null>, text: string) => (
    <Button disabledBecause={whyDisabled.value} reasonId="why-disabled" onClick={open(what)}>
      {text}
    </Button>
  );
  return (
    <>
      <Told remedies={remedies} />
      <span class="buttons">
        {lift === undefined ? null : button('lift', 'Let it act alone again')}
        {isPaused ? button('resume-ladder', 'Let it try again') : null}
        {incident === undefined
          ? null
          : isClaimed
            ? button('release', 'Give it back')
            : button('claim', 'I am on it')}
        {isMaintained ? button('maintenance-end', 'End maintenance') : button('maintenance', 'Maintenance')}
        {incident === undefined ? null : button('close', 'Close')}
      </span>
      {whyDisabled.value === null ? null : (
        <span class="reason" id="why-disabled">
          {whyDisabled}
        </span>
      )}
      {opened.value === 'lift' && lift !== undefined ? (
        <LiftDialog {...lift} onClose={open(null)} />
      ) : opened.value === 'maintenance' ? (
        <MaintenanceDialog resource={resource} onClose={open(null)} />
      ) : (
        <IncidentOrder opened={opened.value} resource={resource} incident={incident} onClose={open(null)} />
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

interface IncidentOrderProps {
  readonly opened: Opened;
  readonly resource: string;
  readonly incident: Incident | undefined;
  readonly onClose: () => void;
}

function IncidentOrder({ opened, resource, incident, onClose }: IncidentOrderProps) {
  if (opened === 'maintenance-end') {
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
  if (incident === undefined || opened === null || opened === 'maintenance' || opened === 'lift') return null;
  const { order, ...texts } = incidentOrders[opened];
  return (
    <OrderDialog
      {...texts}
      title={texts.title(resource)}
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

const incidentOrders: Readonly<Record<'claim' | 'release' | 'close' | 'resume-ladder', IncidentOrderTexts>> =
  {
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
          It counts as over by your word, whether or not it is. If it is still broken, a new incident opens
          from the next evidence. An incident that is well closes by itself.
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

import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Moment } from '../components/times.tsx';
import { type Link, link } from '../live/fleet.ts';
import { announce } from './announcer.tsx';

/** Whether what is shown is what is. */
export function LinkBadge() {
  const before = useRef<Link['state']>('connecting');
  useSignalEffect(() => {
    const { state } = link.value;
    if (state === before.current) return;
    if (before.current !== 'connecting' || state === 'stale') announce(spoken[state]);
    before.current = state;
  });
  const present = link.value;
  return (
    <span class={`link-badge link-${present.state}`} data-link={present.state}>
      <span class="link-dot" aria-hidden="true" />
      <LinkText link={present} />
    </span>
  );
}

const spoken: Readonly<Record<Link['state'], string>> = {
  connecting: 'Connecting to the healer',
  live: 'Live again',
  polling: 'The live stream is down; the page asks every few seconds',
  stale: 'No contact with the healer; what is shown is old',
};

function LinkText({ link: present }: { readonly link: Link }) {
  switch (present.state) {
    case 'connecting':
      return <>Connecting</>;
    case 'live':
      return <>Live</>;
    case 'polling':
      return <Words state="Reconnecting" asOf={present.asOf} />;
    case 'stale':
      return <Words state="No contact" asOf={present.asOf} />;
  }
}

function Words({ state, asOf }: { readonly state: string; readonly asOf: number | null }) {
  return (
    <span>
      {state}
      {asOf === null ? null : (
        <span class="link-as-of">
          <span class="visually-hidden">; </span>as of <Moment at={asOf} />
        </span>
      )}
    </span>
  );
}

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
      return (
        <>
          Reconnecting
          {present.asOf === null ? null : (
            <>
              ; as of <Moment at={present.asOf} />
            </>
          )}
        </>
      );
    case 'stale':
      return present.asOf === null ? (
        <>No contact</>
      ) : (
        <>
          No contact; as of <Moment at={present.asOf} />
        </>
      );
  }
}

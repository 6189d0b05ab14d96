import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { DialogPlace } from '../components/dialog-place.tsx';
import { Moment, Sentence } from '../components/times.tsx';
import { now } from '../live/clock.ts';
import { fleet, link, openIncidents } from '../live/fleet.ts';
import { fleetSentence, questionsOf } from '../text/fleet-sentence.ts';
import { attemptsIn } from '../text/in-flight.ts';
import { zoneText } from '../text/time.ts';
import { navigation, views } from '../views/index.ts';
import { matchPath, type View, type ViewProps } from '../views/view.ts';
import { Account } from './account.tsx';
import { announce } from './announcer.tsx';
import { KillSwitch } from './kill-switch.tsx';
import { LinkBadge } from './link-badge.tsx';
import { Maintenance } from './maintenance.tsx';
import { NotFound } from './not-found.tsx';
import { path } from './router.ts';

/** Changes of one moment are told as one. */
const settleMs = 1_000;

/** Tells screen readers how the whole fleet is whenever that changes, on every view. */
function useSpokenFleet(): void {
  const spoken = useRef<string | null>(null);
  useSignalEffect(() => {
    const known = fleet.value;
    const incidents = openIncidents.value;
    if (known === null || incidents === null) return;
    const asked = new Set(questionsOf(incidents).map(({ incident }) => incident.resource));
    const sentence = fleetSentence(known.states, [...known.notOk.values()], asked);
    // What is there when the page opens is read as a part of it.
    spoken.current ??= sentence;
    const timer = setTimeout(() => {
      if (spoken.current !== sentence) announce(sentence);
      spoken.current = sentence;
    }, settleMs);
    return () => clearTimeout(timer);
  });
}

/** What is around every view: the way through the page, and what must always be within reach. */
export function Frame() {
  useSpokenFleet();
  return (
    <div class="frame">
      <a class="skip" href="#view">
        To the content
      </a>
      <Header />
      <Notices />
      <ViewPlace />
      <DialogPlace />
      <footer class="foot">Times are {zoneText(now.peek())}, by the healer's clock.</footer>
    </div>
  );
}

function Header() {
  return (
    <header class="head">
      <a class="brand" href="/" aria-label="Prunella, now">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="9" />
          <path d="M5.5 17h5l2.6-7 4.6 13 3-8 1.6 2h4.2" />
        </svg>
        <span>Prunella</span>
      </a>
      <nav aria-label="Views">
        <ul>
          {navigation.map(({ href, label }) => (
            <li key={href}>
              <a href={href} aria-current={isPresent(href, path.value) ? 'page' : undefined}>
                {label}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="head-end">
        <LinkBadge />
        <div class="controls">
          <Maintenance />
          <KillSwitch />
        </div>
        <Account />
      </div>
    </header>
  );
}

function isPresent(href: string, present: string): boolean {
  return href === '/' ? present === '/' : present === href || present.startsWith(`${href}/`);
}

/** What holds for everything on the page. */
function Notices() {
  const present = link.value;
  const paused = fleet.value?.paused ?? null;
  const refused = fleet.value?.refusedConfiguration ?? null;
  return (
    <section class="notices" aria-label="Notices">
      {present.state === 'stale' ? (
        <p class="notice notice-bad">
          <strong>No contact with the healer.</strong> {present.why}{' '}
          {present.asOf === null ? (
            'Nothing is known yet.'
          ) : (
            <>
              What you see is as of <Moment at={present.asOf} /> and may be over. The page tries again by
              itself.
            </>
          )}
        </p>
      ) : null}
      {paused === null ? null : (
        <p class="notice notice-rest">
          <strong>All repairs are stopped</strong> by {paused.by} since <Moment at={paused.at} />
          {paused.reason === '' ? '.' : ': '}
          <Sentence text={paused.reason} />
          <StillRunning />
        </p>
      )}
      {(fleet.value?.deadChannels ?? []).map(({ channel, since, error }) => (
        <p key={channel} class="notice notice-doubt">
          <strong>Nobody is told by {channel}</strong>
          {since === null ? null : (
            <>
              {' '}
              since <Moment at={since} />
            </>
          )}
          {error === null ? '.' : `: ${error}`}
        </p>
      ))}
      {refused === null ? null : (
        <details class="notice notice-doubt">
          <summary>
            <strong>A new configuration is refused</strong> since <Moment at={refused.at} />; the former one
            is in force.
          </summary>
          <pre>{refused.reason}</pre>
        </details>
      )}
    </section>
  );
}

/** What was sent before the stop and could not be cancelled, or not yet. */
function StillRunning() {
  const running = attemptsIn('dispatched', openIncidents.value ?? []);
  const [first] = running;
  if (first === undefined) return null;
  const { resource, attempt } = first;
  return (
    <span class="line">
      Sent before, and still running: {attempt.action} on {attempt.targets.join(', ')} for {resource}
      {running.length === 1 ? '' : `, and ${running.length - 1} more`}.
    </span>
  );
}

interface Place {
  readonly view: View | null;
  readonly parameters: ViewProps['parameters'];
}

function placeOf(present: string): Place {
  for (const view of views) {
    const parameters = matchPath(view.pattern, present);
    if (parameters !== null) return { view, parameters };
  }
  return { view: null, parameters: {} };
}

function ViewPlace() {
  const { view, parameters } = placeOf(path.value);
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const title = view?.title(parameters) ?? 'No such page';
  useSignalEffect(() => {
    const { ok: _ok, ...notOk } = fleet.value?.states ?? {};
    const sick = Object.values(notOk).reduce((sum, count) => sum + count, 0);
    const place = placeOf(path.value);
    const name = place.view?.title(place.parameters) ?? 'No such page';
    document.title = `${sick === 0 ? '' : `(${sick}) `}${name} · Prunella`;
  });
  useEffect(() => {
    // At the first load the reader's own place in the browser stays.
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    announce(title);
  }, [title]);
  return (
    <main id="view" ref={main} tabIndex={-1} aria-label={title}>
      {view === null ? <NotFound /> : <view.component key={title} parameters={parameters} />}
    </main>
  );
}

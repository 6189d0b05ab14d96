import { useSignal } from '@preact/signals';
import type { LogEntry } from '@prunella/core';
import { describeEvent } from '@prunella/core/describe';
import { useId, useMemo } from 'preact/hooks';
import { query, setQuery } from '../../app/router.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Moment, Sentence } from '../../components/times.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { now } from '../../live/clock.ts';
import { localTimes, timeOfDay } from '../../text/time.ts';
import { type EventGroup, eventGroups, groupOf } from './event-groups.ts';

const rowHeight = 34;

/** Everything that happened, one row an event; all that the log holds of it is a click away. */
export function EventList({ entries }: { readonly entries: readonly LogEntry[] }) {
  const opened = useSignal<LogEntry | null>(null);
  const group = (query.value.get('show') ?? '') as EventGroup | '';
  const words = query.value.get('find') ?? '';
  const groupField = useId();
  const wordsField = useId();
  const shown = useMemo(() => filtered(entries, group, words), [entries, group, words]);
  return (
    <section aria-labelledby="events">
      <h2 id="events">
        All events{' '}
        <span class="faint">
          {shown.length === entries.length ? entries.length : `${shown.length} of ${entries.length}`}
        </span>
      </h2>
      <div class="filters">
        <label for={groupField}>Show</label>
        <select
          id={groupField}
          value={group}
          onChange={(event) => setQuery({ show: event.currentTarget.value })}
        >
          <option value="">everything</option>
          {Object.entries(eventGroups).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <label for={wordsField}>with</label>
        <input
          id={wordsField}
          type="search"
          placeholder="words"
          value={words}
          onInput={(event) => setQuery({ find: event.currentTarget.value })}
        />
      </div>
      {shown.length === 0 ? (
        <p class="hint">No event is like that.</p>
      ) : (
        <VirtualList
          items={shown}
          label="Events, the oldest first"
          rowHeight={rowHeight}
          keyOf={({ sequence }) => sequence}
          row={(entry) => (
            <button
              type="button"
              class="event-row"
              onClick={() => {
                opened.value = entry;
              }}
            >
              <span class="ticking">{timeOfDay(entry.at, now.peek())}</span>
              <span class={`event-kind event-${groupOf(entry.event.type)}`}>{groupOf(entry.event.type)}</span>
              <span class="event-text">{localTimes(describeEvent(entry.event), now.peek())}</span>
            </button>
          )}
        />
      )}
      {opened.value === null ? null : (
        <EventDialog
          entry={opened.value}
          onClose={() => {
            opened.value = null;
          }}
        />
      )}
    </section>
  );
}

function filtered(entries: readonly LogEntry[], group: EventGroup | '', words: string): readonly LogEntry[] {
  const wanted = words.trim().toLowerCase();
  if (group === '' && wanted === '') return entries;
  return entries.filter(
    ({ event }) =>
      (group === '' || groupOf(event.type) === group) &&
      (wanted === '' || describeEvent(event).toLowerCase().includes(wanted)),
  );
}

function EventDialog({ entry, onClose }: { readonly entry: LogEntry; readonly onClose: () => void }) {
  return (
    <Dialog title={entry.event.type} onClose={onClose}>
      <div class="dialog-body">
        <p>
          <Moment at={entry.at} />, entry {entry.sequence} of the log
        </p>
        <p>
          <Sentence text={describeEvent(entry.event)} />
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys */}
        <pre class="source" tabIndex={0}>
          {JSON.stringify(entry.event, null, 2)}
        </pre>
      </div>
      <p class="dialog-buttons">
        <Button onClick={onClose}>Close</Button>
      </p>
    </Dialog>
  );
}

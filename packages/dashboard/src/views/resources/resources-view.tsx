import { useSignal, useSignalEffect } from '@preact/signals';
import type { Explanation } from '@prunella/core';
import { statesByUrgency } from '@prunella/core/describe';
import { useEffect, useId, useMemo } from 'preact/hooks';
import { query, setQuery } from '../../app/router.ts';
import { stateWords } from '../../components/state-mark.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { fleet, openIncidents } from '../../live/fleet.ts';
import { questionsOf } from '../../text/fleet-sentence.ts';
import { inOrder } from '../../text/urgency.ts';
import { isToldByStream, type StateFilter, shownResources } from './filter-resources.ts';
import { ResourceLine } from './resource-line.tsx';
import { ResourceList } from './resource-list.ts';

const typingMs = 200;
/** Of what is looked for: the healer takes 200, with a `*` before and after. */
const partMost = 198;
/** In pixels; the lines of a row are as many on a phone, and one more. */
const rowHeights = { wide: 60, narrow: 104 } as const;
const narrow = window.matchMedia('(max-width: 44rem)');

/** Every resource, those that are not ok first, as the address filters them. */
export function ResourcesView() {
  const part = useSignal(partIn(query.peek()));
  useSignalEffect(() => {
    const wanted = partIn(query.value);
    const timer = setTimeout(() => {
      part.value = wanted;
    }, typingMs);
    return () => clearTimeout(timer);
  });
  return (
    <article>
      <h1>Resources</h1>
      <Filters />
      <Found key={part.value} part={part.value} />
    </article>
  );
}

function Found({ part }: { readonly part: string }) {
  const list = useMemo(() => new ResourceList(part), [part]);
  const isNarrow = useNarrow();
  useEffect(() => {
    list.start();
    return () => list.stop();
  }, [list]);
  const known = fleet.value;
  const filter = filterIn(query.value);
  const isComplete = list.isComplete.value || isToldByStream(filter, known?.more ?? 0);
  useEffect(() => {
    if (known !== null && !isComplete) void list.readOn();
  }, [list, known === null, isComplete]);
  if (known === null) return <p aria-busy="true">Asking the healer …</p>;
  const asked = new Set(questionsOf(openIncidents.value ?? []).map(({ incident }) => incident.resource));
  const shown = shownResources({
    sick: inOrder([...known.notOk.values()], asked),
    more: known.more,
    names: list.names.value,
    rows: list.rows.value,
    filter,
    part,
  });
  const isFiltered = part !== '' || filter !== '';
  return (
    <>
      <p class="faint" role={isFiltered ? 'status' : undefined}>
        {isFiltered ? foundText(shown.length, isComplete) : allText(known.states)}
      </p>
      {list.problem.value === null ? null : (
        <p class="problem" role="alert">
          {list.problem} The page tries again by itself.
        </p>
      )}
      {shown.length === 0 && isComplete ? (
        <p class="hint">{isFiltered ? 'No resource is like that.' : 'The healer knows no resource yet.'}</p>
      ) : (
        <div class="resource-rows">
          <VirtualList
            items={shown}
            label="Resources, those that are not ok first"
            rowHeight={isNarrow ? rowHeights.narrow : rowHeights.wide}
            keyOf={({ resource }) => resource}
            row={(resource) => <ResourceLine list={list} shown={resource} />}
            onNearEnd={() => {
              if (!isComplete) void list.readOn();
            }}
          />
        </div>
      )}
    </>
  );
}

function useNarrow(): boolean {
  const isNarrow = useSignal(narrow.matches);
  useEffect(() => {
    const look = () => {
      isNarrow.value = narrow.matches;
    };
    narrow.addEventListener('change', look);
    return () => narrow.removeEventListener('change', look);
  }, []);
  return isNarrow.value;
}

function foundText(count: number, isComplete: boolean): string {
  const found = count === 1 ? 'One is like that' : `${count} are like that`;
  return isComplete ? `${found}.` : `${found} so far; more are read as you scroll.`;
}

function allText(states: Readonly<Partial<Record<Explanation['state'], number>>>): string {
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  const sick = all - (states.ok ?? 0);
  return `${all === 1 ? 'One resource' : `${all} resources`}, ${sick === 0 ? 'none' : sick} of them not ok.`;
}

const choices: readonly StateFilter[] = ['not-ok', ...statesByUrgency];

function filterIn(words: URLSearchParams): StateFilter {
  const given = words.get('state');
  return choices.find((choice) => choice === given) ?? '';
}

function partIn(words: URLSearchParams): string {
  return (words.get('name') ?? '').slice(0, partMost);
}

function choiceText(choice: StateFilter): string {
  if (choice === '') return 'all';
  return choice === 'not-ok' ? 'not ok' : stateWords[choice];
}

function Filters() {
  const stateField = useId();
  const nameField = useId();
  return (
    <search class="filters">
      <label for={stateField}>Show</label>
      <select
        id={stateField}
        value={filterIn(query.value)}
        onChange={(event) => setQuery({ state: event.currentTarget.value })}
      >
        {(['', ...choices] as const).map((choice) => (
          <option key={choice} value={choice}>
            {choiceText(choice)}
          </option>
        ))}
      </select>
      <label for={nameField}>whose name has</label>
      <input
        id={nameField}
        type="search"
        placeholder="part of kind/name"
        spellcheck={false}
        maxLength={partMost}
        value={query.value.get('name') ?? ''}
        onInput={(event) => setQuery({ name: event.currentTarget.value.trim() })}
      />
    </search>
  );
}

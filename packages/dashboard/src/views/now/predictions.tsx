import type { Attempt } from '../../api/answers.ts';

const shownChanges = 8;

/** What a dry run said that would change, target by target. */
export function Predictions({ predictions }: { readonly predictions: NonNullable<Attempt['predictions']> }) {
  return (
    <ul class="predictions">
      {predictions.map(({ id, count, changes, problem }) => (
        <li key={id}>
          {problem === undefined
            ? `${id}: ${count === 0 ? 'nothing would change' : count === 1 ? 'one change' : `${count} changes`}`
            : `${id}: the dry run could not tell: ${problem}`}
          {changes.length === 0 ? null : (
            <ul>
              {changes.slice(0, shownChanges).map(({ name, detail }) => (
                <li key={name}>
                  <code>{name}</code> {detail}
                </li>
              ))}
              {count > shownChanges ? <li>and {count - shownChanges} more</li> : null}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}

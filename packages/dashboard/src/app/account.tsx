import { useSignal } from '@preact/signals';
import { sentenceOf } from '../api/problem.ts';
import { person, signOut } from '../api/session.ts';
import { Button } from '../components/button.tsx';
import { type Theme, theme } from './theme.ts';

const themes: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** Who is signed in, the colours, and the way out. */
export function Account() {
  const who = person.value;
  const problem = useSignal<string | null>(null);
  const leave = () =>
    signOut().then(
      () => {
        problem.value = null;
      },
      (error: unknown) => {
        problem.value = `You are still signed in: ${sentenceOf(error)}`;
      },
    );
  return (
    <>
      <button type="button" class="button button-quiet" popovertarget="account" aria-haspopup="dialog">
        <span class="account-name">{who?.name ?? 'Account'}</span>
        <svg class="caret" viewBox="0 0 10 6" aria-hidden="true">
          <path d="M1 1l4 4 4-4" />
        </svg>
      </button>
      <div id="account" popover="auto" class="popover" role="dialog" aria-label="Account and colours">
        {who === null ? null : (
          <p>
            Signed in as <strong>{who.name}</strong>, {roleWords[who.role]}.
          </p>
        )}
        <fieldset class="choices">
          <legend>Colours</legend>
          {themes.map(({ value, label }) => (
            <label key={value}>
              <input
                type="radio"
                name="theme"
                value={value}
                checked={theme.value === value}
                onChange={() => {
                  theme.value = value;
                }}
              />
              {label}
            </label>
          ))}
        </fieldset>
        <Button onClick={() => void leave()}>Sign out</Button>
        {problem.value === null ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
      </div>
    </>
  );
}

const roleWords = {
  viewer: 'who may look',
  operator: 'who may approve and stop repairs',
  admin: 'who may do everything',
} as const;

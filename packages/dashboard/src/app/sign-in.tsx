import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { HealerProblem, sentenceOf } from '../api/problem.ts';
import { findSession, signedOutBecause, signIn, signInProblem } from '../api/session.ts';
import { Button } from '../components/button.tsx';

/** The way in: a token becomes a session. */
export function SignIn() {
  const token = useSignal('');
  const isBusy = useSignal(false);
  const field = useId();
  const help = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
    // In another window of this browser somebody may have signed in meanwhile.
    const look = () => void findSession().catch(() => {});
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, []);
  const enter = async () => {
    if (isBusy.value) return;
    if (token.value.trim() === '') {
      signInProblem.value = 'Paste a token first.';
      return;
    }
    isBusy.value = true;
    try {
      await signIn(token.value.trim());
    } catch (error) {
      signInProblem.value = refusal(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <main class="sign-in">
      <h1>Sign in to Prunella</h1>
      {signedOutBecause.value === null ? null : <p class="note">{signedOutBecause}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter();
        }}
      >
        <p class="field">
          <label for={field}>Token</label>
          <input
            ref={input}
            id={field}
            type="password"
            autocomplete="current-password"
            spellcheck={false}
            aria-describedby={help}
            value={token}
            onInput={(event) => {
              token.value = event.currentTarget.value;
            }}
          />
        </p>
        {signInProblem.value === null ? null : (
          <p class="problem" role="alert">
            {signInProblem}
          </p>
        )}
        <p class="dialog-buttons">
          <Button submits kind="main" disabledBecause={isBusy.value ? 'Asking the healer …' : null}>
            Sign in
          </Button>
        </p>
        <p id={help} class="hint">
          On the healer's host <code>prunella page</code> opens this page, signed in. Otherwise paste a token:
          the healer said at its start where they are. The page trades it for a session and does not keep it.
        </p>
      </form>
    </main>
  );
}

function refusal(error: unknown): string {
  if (error instanceof HealerProblem && error.status === 401) {
    return 'The healer knows no such token. It may have been revoked, or part of it was not copied.';
  }
  return sentenceOf(error);
}

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { sentenceOf } from '../api/problem.ts';
import { findSession, session, signInByCode, signInProblem } from '../api/session.ts';
import { Button } from '../components/button.tsx';
import { followFleet } from '../live/fleet.ts';
import { Announcer } from './announcer.tsx';
import { Frame } from './frame.tsx';
import { SignIn } from './sign-in.tsx';
import { takeSignInCode } from './sign-in-code.ts';
import './theme.ts';

const startProblem = signal<string | null>(null);
const codeInLink = signal(takeSignInCode());

async function start(): Promise<void> {
  startProblem.value = null;
  try {
    await findSession();
    await followLink();
  } catch (error) {
    startProblem.value = sentenceOf(error);
  }
}

/** Whoever is signed in already stays who they are: a link of somebody else's must not change that. */
async function followLink(): Promise<void> {
  const code = codeInLink.value;
  codeInLink.value = null;
  if (code === null || session.value !== null) return;
  await signInByCode(code).catch((error: unknown) => {
    signInProblem.value = `The link did not sign you in: ${sentenceOf(error)}`;
  });
}

/** The whole page: the way in, or the frame with a view in it. */
export function App() {
  useEffect(() => void start(), []);
  return (
    <>
      <Announcer />
      <Inside />
    </>
  );
}

function Inside() {
  const who = session.value;
  if (startProblem.value !== null && who === 'unknown') {
    return (
      <main class="sign-in">
        <h1>No contact with the healer</h1>
        <p>{startProblem}</p>
        <Button kind="main" onClick={start}>
          Try again
        </Button>
      </main>
    );
  }
  if (who === 'unknown') return <main class="sign-in" aria-busy="true" />;
  return who === null ? <SignIn /> : <SignedIn />;
}

function SignedIn() {
  useEffect(() => followFleet(), []);
  return <Frame />;
}

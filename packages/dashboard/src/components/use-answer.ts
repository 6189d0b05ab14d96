import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** An answer that is asked for once for each key. Null before it is there, and where it is not to be had. */
export function useAnswer<Answer>(key: string, ask: (signal: AbortSignal) => Promise<Answer>): Answer | null {
  const answer = useSignal<Answer | null>(null);
  useEffect(() => {
    const stopping = new AbortController();
    ask(stopping.signal).then(
      (given) => {
        answer.value = given;
      },
      // The view does without; that the healer is away is said at the head of the page.
      () => {},
    );
    return () => stopping.abort();
  }, [key]);
  return answer.value;
}

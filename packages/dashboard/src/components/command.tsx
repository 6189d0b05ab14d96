import { useSignal } from '@preact/signals';
import { announce } from '../app/announcer.tsx';

/** Rejects where the browser does not let it, as on pages that came without TLS. */
async function write(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

/** A command for a terminal, and a button that copies it. */
export function Command({ command }: { readonly command: string }) {
  const copied = useSignal<'no' | 'yes' | 'refused'>('no');
  const copy = async () => {
    copied.value = await write(command).then(
      () => 'yes' as const,
      () => 'refused' as const,
    );
    announce(copied.value === 'yes' ? 'Copied' : 'The browser did not copy it; select the command instead');
    setTimeout(() => {
      copied.value = 'no';
    }, 2_000);
  };
  return (
    <span class="command">
      <code>{command}</code>
      <button
        type="button"
        class="button button-quiet button-small"
        aria-label={`Copy ${command}`}
        onClick={copy}
      >
        {copied.value === 'yes' ? 'Copied' : copied.value === 'refused' ? 'Not copied' : 'Copy'}
      </button>
    </span>
  );
}

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { HealerUnreachable, sentenceOf } from '../api/problem.ts';
import { announce } from '../app/announcer.tsx';
import { refreshFleet, whyDisabled } from '../live/fleet.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

export interface OrderDialogProps {
  readonly title: string;
  /** What will happen, before anything does. */
  readonly children: ComponentChildren;
  /** Says what is done: `Stop all repairs`, never `OK`. */
  readonly verb: string;
  readonly kind?: 'main' | 'danger';
  /** Asks for a sentence, which may stay empty. */
  readonly reasonLabel?: string;
  /** Beside who may order and whether the healer can be reached: why not now. */
  readonly disabledBecause?: string | null;
  readonly order: (reason: string) => Promise<unknown>;
  /** What is said to screen readers once it is done. */
  readonly done: string;
  readonly onClose: () => void;
}

/** It was asked twice by then, with a key by which the healer does it once. */
const inDoubt =
  'The healer does not answer, so nobody knows whether it is done. Look before you order it again.';

/** Says what an order will do, and gives it when a person says so. What the healer answers is shown here. */
export function OrderDialog(props: OrderDialogProps) {
  const { title, children, verb, kind = 'main', reasonLabel, order, done, onClose } = props;
  const reason = useSignal('');
  const isBusy = useSignal(false);
  const problem = useSignal<string | null>(null);
  const reasonField = useId();
  const give = async () => {
    if (isBusy.value || cannot !== null) return;
    isBusy.value = true;
    problem.value = null;
    try {
      await order(reason.value.trim());
      announce(done);
      refreshFleet();
      onClose();
    } catch (error) {
      problem.value = error instanceof HealerUnreachable ? inDoubt : sentenceOf(error);
      refreshFleet();
    } finally {
      isBusy.value = false;
    }
  };
  const cannot = whyDisabled.value ?? props.disabledBecause ?? null;
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void give();
        }}
      >
        <div class="dialog-body">{children}</div>
        {reasonLabel === undefined ? null : (
          <p class="field">
            <label for={reasonField}>{reasonLabel}</label>
            <input
              id={reasonField}
              type="text"
              maxLength={300}
              autocomplete="off"
              value={reason}
              onInput={(event) => {
                reason.value = event.currentTarget.value;
              }}
            />
          </p>
        )}
        {problem.value === null ? null : (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <p class="dialog-buttons">
          <Button submits kind={kind} disabledBecause={isBusy.value ? 'Asking the healer …' : cannot}>
            {verb}
          </Button>
          <Button kind="quiet" onClick={onClose}>
            Leave it as it is
          </Button>
        </p>
      </form>
    </Dialog>
  );
}

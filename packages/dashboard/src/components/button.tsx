import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface ButtonProps {
  readonly children: ComponentChildren;
  /** Not wanted where it submits its form. */
  readonly onClick?: () => void;
  readonly submits?: boolean;
  /** Default: `plain`. */
  readonly kind?: 'plain' | 'main' | 'danger' | 'quiet';
  /** Why it cannot be used now: shown beside it. Null: it can. */
  readonly disabledBecause?: string | null;
  /** The reason is said elsewhere, such as once for several buttons, by the element with this id. */
  readonly reasonId?: string;
  readonly label?: string;
}

/** A button that cannot be used stays reachable and says why. */
export function Button(props: ButtonProps) {
  const {
    children,
    onClick,
    submits = false,
    kind = 'plain',
    disabledBecause = null,
    reasonId,
    label,
  } = props;
  const ownId = useId();
  const isDisabled = disabledBecause !== null;
  const describedBy = isDisabled ? (reasonId ?? ownId) : undefined;
  return (
    <>
      <button
        type={submits ? 'submit' : 'button'}
        class={`button button-${kind}`}
        aria-disabled={isDisabled ? 'true' : undefined}
        aria-describedby={describedBy}
        aria-label={label}
        onClick={(event) => {
          if (isDisabled) event.preventDefault();
          else onClick?.();
        }}
      >
        {children}
      </button>
      {isDisabled && reasonId === undefined ? (
        <span id={ownId} class="reason">
          {disabledBecause}
        </span>
      ) : null}
    </>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { askDrills, type Drill } from '../../api/answers.ts';
import { commands } from '../../api/commands.ts';
import { Button } from '../../components/button.tsx';
import { OrderDialog } from '../../components/order-dialog.tsx';
import { whyDisabled } from '../../live/fleet.ts';

const reasonId = 'why-no-drills';

/** What may be broken on purpose; nothing where the configuration names no drill. */
export function Drills() {
  const drills = useSignal<readonly Drill[]>([]);
  const opened = useSignal<Drill | null>(null);
  useEffect(() => {
    const stopping = new AbortController();
    // What cannot be asked for is said at the head of the page.
    askDrills(stopping.signal).then(
      (found) => {
        drills.value = found;
      },
      () => {},
    );
    return () => stopping.abort();
  }, []);
  if (drills.value.length === 0) return null;
  const cannot = whyDisabled.value;
  return (
    <section aria-labelledby="drills">
      <h2 id="drills">Break it on purpose</h2>
      <div class="buttons">
        {drills.value.map((drill) => (
          <Button
            key={drill.name}
            disabledBecause={cannot}
            reasonId={reasonId}
            onClick={() => {
              opened.value = drill;
            }}
          >
            {drill.title}
          </Button>
        ))}
      </div>
      {cannot === null ? null : (
        <p id={reasonId} class="reason">
          {cannot}
        </p>
      )}
      {opened.value === null ? null : (
        <DrillDialog
          drill={opened.value}
          onClose={() => {
            opened.value = null;
          }}
        />
      )}
    </section>
  );
}

function DrillDialog({ drill, onClose }: { readonly drill: Drill; readonly onClose: () => void }) {
  return (
    <OrderDialog
      title={`${drill.title}?`}
      verb={drill.title}
      kind="danger"
      order={() => commands.beginDrill(drill.name)}
      done={`The drill ${drill.name} has begun`}
      onClose={onClose}
    >
      <ul>
        <li>
          It is done to <code>{drill.resource}</code> for real, and whoever uses that may feel it.
        </li>
        <li>The drill is announced first, under your name. The incident that follows says so.</li>
        <li>Nothing is held for it: repairs run, ask and are counted as on any other day.</li>
      </ul>
    </OrderDialog>
  );
}

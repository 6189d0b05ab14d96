import { askPlaybook } from '../../api/answers.ts';
import { PlaybookLine } from '../../components/playbook-line.tsx';
import { useAnswer } from '../../components/use-answer.ts';

/** What the playbook writes of the step, with its arguments and limits. */
export function StepText({ playbook: name, step: id }: { readonly playbook: string; readonly step: string }) {
  const playbook = useAnswer(name, (signal) => askPlaybook(name, signal));
  const step = playbook?.steps.find((each) => each.id === id);
  if (playbook === null || step === undefined || playbook.text === null) return null;
  return (
    <div class="fact">
      <dt>Written in</dt>
      <dd>
        <PlaybookLine playbook={playbook} step={step} />
      </dd>
    </div>
  );
}

import type { Playbook, PlaybookStep } from '../api/answers.ts';
import { playbookHref } from '../app/router.ts';

const linesBefore = 2;
const linesMost = 14;

/** The playbook's own text around a step, with the line on which it begins marked. */
export function PlaybookLine({
  playbook,
  step,
}: {
  readonly playbook: Playbook;
  readonly step: PlaybookStep;
}) {
  if (playbook.text === null || step.line < 1) return null;
  const lines = playbook.text.split('\n');
  const next = playbook.steps.map(({ line }) => line).filter((line) => line > step.line);
  const end = Math.min(lines.length, step.line + linesMost, ...next.map((line) => line - 1));
  const begin = Math.max(1, step.line - linesBefore);
  const shown = lines.slice(begin - 1, end).map((text, index) => ({ number: begin + index, text }));
  return (
    <details>
      <summary>
        Line {step.line} of {playbook.file ?? `the playbook ${playbook.name}`}
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys */}
      <pre class="source" tabIndex={0}>
        {shown.map(({ number, text }) => (
          <span key={number} class={number === step.line ? 'source-line source-marked' : 'source-line'}>
            <span class="source-number">{number}</span>
            {text}
            {'\n'}
          </span>
        ))}
      </pre>
      <p class="reason">
        <a href={playbookHref(playbook.name, step.line)}>The whole playbook</a>
      </p>
    </details>
  );
}

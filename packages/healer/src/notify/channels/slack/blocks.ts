import { duration } from '@prunella/core/describe';
import type { Message, Present, WaitingApproval } from '../../notice.ts';
import { wordsOf } from '../../words.ts';
import type { ButtonValue, PressedAction } from './press.ts';

/** Block Kit (https://docs.slack.dev/reference/block-kit/blocks); its limits are held here. */
type Block = Readonly<Record<string, unknown>> & { readonly type: string };

const headerLimit = 150;
const sectionLimit = 3_000;
const valueLimit = 2_000;
const lineLimit = 300;

export interface SlackMessage {
  /** For notifications and screen readers. */
  readonly text: string;
  readonly blocks: readonly Block[];
  /** All of it without blocks. */
  readonly inText: string;
}

/** The one message of an incident, as it stands now; or what concerns all. `canPress`: buttons will be heard. */
export function slackMessage(message: Message, canPress: boolean): SlackMessage {
  const words = wordsOf(message);
  const [head = '', ...others] = words.lead;
  const [first] = message.notices;
  const { present } = message;
  const mark = words.mark === null ? '' : `[${words.mark}] `;
  const isOfIncident = present !== null && first.resource !== null && first.incident !== null;
  const lines = isOfIncident ? others : [...others, ...words.happened.map((line) => `• ${shortened(line)}`)];
  const blocks: Block[] = [
    header(`${mark}${words.subject}`),
    section(`*${escaped(head)}*`),
    ...sections(lines.map((line) => escaped(line))),
    ...(isOfIncident ? incidentBlocks(present, message.now) : []),
    ...buttons(isOfIncident ? { present, resource: first.resource, incident: first.incident } : null, {
      link: words.link,
      canPress,
    }),
    ...(isOfIncident
      ? [context(`${first.incident}${first.playbook === null ? '' : `, playbook ${first.playbook}`}`)]
      : []),
  ];
  const link = words.link === null ? [] : [words.link];
  const inText = [`${mark}${head}`, ...others, ...words.happened, ...words.commands, ...link];
  return {
    text: escaped(`${mark}${head}`).slice(0, sectionLimit),
    blocks,
    inText: escaped(inText.join('\n')).slice(0, sectionLimit),
  };
}

/** What happened, for the thread below the message. */
export function storyText({ notices }: Message): string {
  const lines = notices.map(({ text, kind }) =>
    kind === 'needs-person' ? `*Needs you:* ${escaped(text)}` : escaped(text),
  );
  return lines.join('\n').slice(0, sectionLimit);
}

function incidentBlocks(present: Present, now: number): Block[] {
  const { approval, explanation, isOpen } = present;
  if (!isOpen) return [];
  return [
    ...(explanation === null ? [] : [context(`Impact: ${explanation.impact}`)]),
    ...(approval === null ? [] : [section(questionText(approval, now))]),
  ];
}

function questionText({ action, targets, wouldChange, expiresAt }: WaitingApproval, now: number): string {
  const would = wouldChange.length === 0 ? '' : `\nIt would change: ${escaped(wouldChange.join('; '))}`;
  const until = expiresAt === null ? '' : `\nWithout an answer in ${duration(expiresAt - now)} it is a no.`;
  return `*${escaped(action)}* on *${escaped(targets.join(', '))}* waits for a yes or a no.${would}${until}`;
}

interface About {
  readonly present: Present;
  readonly resource: string;
  readonly incident: string;
}

function buttons(
  about: About | null,
  { link, canPress }: { readonly link: string | null; readonly canPress: boolean },
): Block[] {
  const elements = [
    ...(about !== null && canPress ? pressable(about) : []),
    ...(link === null || !/^https?:\/\//.test(link) || link.length > 3_000
      ? []
      : [{ type: 'button', text: plain('Open'), url: link, action_id: 'prunella.open' }]),
  ];
  return elements.length === 0 ? [] : [{ type: 'actions', elements }];
}

/** Each says what will happen before it does. */
function pressable({ present, resource, incident }: About) {
  const { approval, isOpen, paused } = present;
  if (!isOpen) return [];
  const target = approval === null ? '' : `${approval.action} on ${approval.targets.join(', ')}`;
  const asked =
    approval === null
      ? []
      : [
          button(
            'approve',
            'Approve',
            'primary',
            { resource, incident, attempt: approval.attempt },
            paused === null
              ? `${target} will run now.`
              : `${target} will run when repairs go on: ${paused.by} paused all.`,
          ),
          button(
            'reject',
            'Reject',
            'danger',
            { resource, incident, attempt: approval.attempt },
            `${target} will not run in this incident.`,
          ),
        ];
  const all =
    paused === null
      ? button(
          'pause',
          'Pause all repairs',
          'danger',
          { resource, incident },
          'Nothing is begun any more, for no resource, until somebody resumes.',
        )
      : button(
          'resume',
          'Resume all repairs',
          'primary',
          { resource, incident },
          `${paused.by} paused them. Repairs that are due begin at once.`,
        );
  return [...asked, all].filter(({ value }) => value.length <= valueLimit);
}

function button(
  action: PressedAction,
  label: string,
  style: 'primary' | 'danger',
  value: ButtonValue,
  happens: string,
) {
  return {
    type: 'button',
    action_id: `prunella.${action}`,
    text: plain(label),
    style,
    value: JSON.stringify(value),
    confirm: {
      title: plain(`${label}?`),
      text: plain(happens.slice(0, 300)),
      confirm: plain(label.slice(0, 30)),
      deny: plain('Go back'),
      style,
    },
  };
}

function header(text: string): Block {
  return { type: 'header', text: plain(oneLine(text).slice(0, headerLimit)) };
}

function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, sectionLimit) } };
}

/** As few blocks as their limit allows. */
function sections(lines: readonly string[]): Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    const joined = last === undefined ? line : `${last}\n${line}`;
    if (last !== undefined && joined.length <= sectionLimit) texts[texts.length - 1] = joined;
    else texts.push(line);
  }
  return texts.map(section);
}

function context(text: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: escaped(text).slice(0, sectionLimit) }] };
}

function plain(text: string) {
  return { type: 'plain_text', text };
}

function shortened(text: string): string {
  return text.length <= lineLimit ? text : `${text.slice(0, lineLimit - 1)}…`;
}

/** https://docs.slack.dev/messaging/formatting-message-text: also keeps anybody from being called by `<!channel>`. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ').trim();
}

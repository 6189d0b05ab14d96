/** A block as it comes over the wire. */
export type LooseBlock = {
  readonly type: string;
  readonly text?: Text;
  readonly elements: readonly Readonly<Record<string, unknown>>[];
};

interface Text {
  readonly type: string;
  readonly text: string;
}

/** What Slack refuses in blocks: https://docs.slack.dev/reference/block-kit/blocks, of the kinds that we use. */
export function blockProblems(blocks: readonly LooseBlock[]): string[] {
  const problems = blocks.length > 50 ? ['no more than 50 items allowed [json-pointer:/blocks]'] : [];
  return [
    ...problems,
    ...blocks.flatMap((block, index) => ofBlock(block).map((each) => `${each} in block ${index}`)),
  ];
}

function ofBlock(block: LooseBlock): string[] {
  switch (block.type) {
    case 'header':
      return textProblems(block.text, 'plain_text', 150);
    case 'section':
      return textProblems(block.text, 'mrkdwn', 3_000);
    case 'context':
      return block.elements.length < 1 || block.elements.length > 10
        ? ['1 to 10 elements']
        : block.elements.flatMap((each) => textProblems(each as unknown as Text, 'mrkdwn', 3_000));
    case 'actions':
      return block.elements.length < 1 || block.elements.length > 25
        ? ['1 to 25 elements']
        : block.elements.flatMap(buttonProblems);
    default:
      return [`unsupported type: ${block.type}`];
  }
}

function buttonProblems(button: Readonly<Record<string, unknown>>): string[] {
  const { text, value, url, action_id: id, style, confirm } = button;
  const problems = textProblems(text as Text, 'plain_text', 75);
  if (typeof id !== 'string' || id.length > 255) problems.push('action_id');
  if (value !== undefined && (typeof value !== 'string' || value.length > 2_000)) problems.push('value');
  if (url !== undefined && (typeof url !== 'string' || url.length > 3_000 || !URL.canParse(url)))
    problems.push('url');
  if (style !== undefined && style !== 'primary' && style !== 'danger') problems.push('style');
  if (confirm === undefined) return problems;
  const asked = confirm as Readonly<Record<string, Text>>;
  return [
    ...problems,
    ...textProblems(asked['title'], 'plain_text', 100),
    ...textProblems(asked['text'], 'plain_text', 300),
    ...textProblems(asked['confirm'], 'plain_text', 30),
    ...textProblems(asked['deny'], 'plain_text', 30),
  ];
}

function textProblems(text: Text | undefined, type: string, limit: number): string[] {
  if (text === undefined || typeof text.text !== 'string') return ['missing text'];
  if (text.type !== type) return [`must be ${type}`];
  if (text.text.length < 1) return ['must be more than 0 characters'];
  return text.text.length > limit ? [`must be less than ${limit + 1} characters`] : [];
}

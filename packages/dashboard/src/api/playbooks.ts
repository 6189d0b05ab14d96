import type { Problem, ResourceFacts } from '@prunella/core';
import type { Playbook, ResourceNode } from './answers.ts';
import { fieldsOf, listOf, one } from './read.ts';
import { ask } from './request.ts';

/** A playbook in a list: its text is asked for by itself. */
export interface PlaybookRow extends Omit<Playbook, 'text'> {
  /** A resource name, or one with `*`. */
  readonly for: string;
  readonly resources: { readonly names: readonly string[]; readonly count: number };
  readonly problems: readonly Problem[];
}

export interface WholePlaybook extends PlaybookRow, Pick<Playbook, 'text'> {}

const texts = ['name', 'for'] as const;

/** A page of them, by name; `next` is null on the last. */
export async function askPlaybooks(
  { cursor, limit }: { readonly cursor?: string; readonly limit: number },
  signal?: AbortSignal,
): Promise<{ readonly items: readonly PlaybookRow[]; readonly next: string | null }> {
  const words = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
  const answer = await ask(`/v1/playbooks?${words}`, signal === undefined ? {} : { signal });
  const { items, next } = fieldsOf(answer, 'playbooks');
  const rows = listOf<PlaybookRow>(items, 'playbooks', texts);
  for (const row of rows) lookAt(row);
  return { items: rows, next: typeof next === 'string' ? next : null };
}

export async function askWholePlaybook(name: string, signal?: AbortSignal): Promise<WholePlaybook> {
  const path = `/v1/playbooks/${encodeURIComponent(name)}`;
  const playbook = one<WholePlaybook>(
    await ask(path, signal === undefined ? {} : { signal }),
    'playbook',
    texts,
  );
  lookAt(playbook);
  return playbook;
}

function lookAt({ steps, problems, resources }: PlaybookRow): void {
  listOf(steps, 'playbook.steps', ['id', 'action']);
  listOf(problems, 'playbook.problems', ['message']);
  if (!Array.isArray(fieldsOf(resources, 'playbook.resources')['names'])) fieldsOf(null, 'resources.names');
}

interface ResourceRow {
  readonly resource: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly nodes: readonly ResourceNode[];
}

/** What the configuration says of resources whose name fits; at most `limit`, by name. */
export async function askResourceFacts(
  pattern: string,
  limit: number,
  signal?: AbortSignal,
): Promise<readonly ResourceFacts[]> {
  const words = new URLSearchParams({ match: pattern, limit: String(limit) });
  const answer = await ask(`/v1/resources?${words}`, signal === undefined ? {} : { signal });
  const rows = listOf<ResourceRow>(fieldsOf(answer, 'resources')['items'], 'resources', ['resource']);
  return rows.map(({ resource, labels, nodes }) => ({
    resource,
    labels: fieldsOf(labels, 'resource.labels') as ResourceRow['labels'],
    nodes: listOf<ResourceNode>(nodes, 'resource.nodes', ['name']).map(({ name, target, domain }) => ({
      name,
      ...(typeof target === 'string' && { target }),
      ...(typeof domain === 'string' && { domain }),
    })),
  }));
}

import { stringify } from 'yaml';

export function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

export function flow(value: unknown): string {
  const text = stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true });
  return text.trimEnd();
}

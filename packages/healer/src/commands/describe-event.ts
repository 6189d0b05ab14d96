export { describeEvent } from '@prunella/core/describe';

/** What a person is told; most of it begins with the resource's name by itself. */
export function describeNotification({
  resource,
  text,
}: {
  readonly resource: string;
  readonly text: string;
}) {
  return text.startsWith(resource) ? text : `${resource}: ${text}`;
}

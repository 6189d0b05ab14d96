import { type Attempt, askNodes, type ResourceNode } from '../../api/answers.ts';
import { useAnswer } from '../../components/use-answer.ts';

const namesShown = 10;

/** The blast radius of an attempt: whom it means, of how many there are. */
export function Touches({ attempt, resource }: { readonly attempt: Attempt; readonly resource: string }) {
  const nodes = useAnswer(resource, (signal) => askNodes(resource, signal));
  const { targets, targetsResolved } = attempt;
  const shown = targets.slice(0, namesShown).join(', ');
  const more = targets.length > namesShown ? ` and ${targets.length - namesShown} more` : '';
  return (
    <>
      {targets.length === 1 ? 'one target' : `${targets.length} targets`}: {shown}
      {more}
      {targetsResolved ? '' : ' (as written; nobody could say whom that means)'}
      {nodes === null ? '' : ofHowMany(targets, nodes, resource)}.
    </>
  );
}

function ofHowMany(targets: readonly string[], nodes: readonly ResourceNode[], resource: string): string {
  const touched = nodes.filter(({ target, name }) => targets.includes(target ?? name));
  if (touched.length === 0) return '';
  const domains = [...new Set(touched.flatMap(({ domain }) => (domain === null ? [] : [domain])))];
  const inDomains = domains.length === 0 ? '' : `, in ${domains.join(', ')}`;
  const names = touched.map(({ name }) => name).join(', ');
  return `; ${touched.length} of the ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'} of ${resource} (${names})${inDomains}`;
}

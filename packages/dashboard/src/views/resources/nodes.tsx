import type { ResourceDetail } from '../../api/resources.ts';
import type { Tone } from '../../components/state-mark.tsx';
import { Age, Moment, Sentence } from '../../components/times.tsx';

type Probe = ResourceDetail['probe'];

const tones: Readonly<Record<Probe['status'], Tone>> = {
  none: 'rest',
  waiting: 'rest',
  passes: 'well',
  fails: 'bad',
};

/** What the healer's own checks saw: of each node, and of the resource as a whole. */
export function Nodes({ detail: { nodes, probe, resource } }: { readonly detail: ResourceDetail }) {
  const isWhole = probe.status !== 'none' || nodes.length === 0;
  return (
    <section aria-labelledby="nodes">
      <h2 id="nodes">{nodes.length === 0 ? "The healer's own check" : `Nodes ${nodes.length}`}</h2>
      <ul class="parts">
        {isWhole ? (
          <li class="part">
            <span class="part-name">{nodes.length === 0 ? resource : 'as a whole'}</span>
            <ProbeText probe={probe} />
          </li>
        ) : null}
        {nodes.map(({ name, target, domain, probe: own }) => (
          <li key={name} class="part">
            <span class="part-name">
              {name}{' '}
              <span class="faint">
                {target === null || target === name ? '' : ` ${target}`}
                {domain === null ? '' : ` in ${domain}`}
              </span>
            </span>
            <ProbeText probe={own} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ProbeText({ probe: { status, since, at, failure } }: { readonly probe: Probe }) {
  return (
    <span class="part-text">
      <strong class={`part-word tone-${tones[status]}`}>{words[status]}</strong>
      {since === null ? null : (
        <>
          {' '}
          for <Age since={since} />
        </>
      )}
      {failure === null ? null : (
        <>
          : <Sentence text={failure} />
        </>
      )}
      {at === null ? null : (
        <span class="faint">
          {' '}
          (looked at <Moment at={at} />)
        </span>
      )}
    </span>
  );
}

const words: Readonly<Record<Probe['status'], string>> = {
  none: 'no probe is declared',
  waiting: 'not probed yet',
  passes: 'passes',
  fails: 'fails',
};

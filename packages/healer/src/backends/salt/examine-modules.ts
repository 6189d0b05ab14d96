import { type Finding, well } from '../../doctor/finding.ts';
import type { Examined } from './examined.ts';
import { isModuleMissing } from './judge.ts';
import { unasked } from './unasked.ts';
import { isRecord } from './value.ts';

const waitSeconds = 5;

/** Whether each declared minion guards itself, for this installation. Never rejects. */
export async function modules(
  { client, nodes, fences, installation }: Examined,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const ids = [...new Set(nodes.map(({ target }) => target))];
  const check = 'salt-module';
  if (ids.length === 0) return [];
  if (!fences) {
    return [
      {
        check,
        state: 'warning',
        what: '`fences: none`: orders go to minions without prunella.apply',
        why: 'an order that was overtaken, or that was lost and comes late, is carried out all the same',
        remedy: 'bring the module to the minions (salt/README.md), and take `fences` out',
      },
    ];
  }
  try {
    const call = { name: 'prunella.status', args: [], kwargs: {} };
    const answers = await client.ask(ids, call, waitSeconds, signal);
    return ids.map((id) => moduleFinding(id, answers.get(id)?.value, installation));
  } catch (error) {
    return [unasked(check, 'the minions could not be asked for prunella.status', error)];
  }
}

function moduleFinding(id: string, value: unknown, installation: string | null): Finding {
  const check = 'salt-module';
  if (value === undefined) {
    return {
      check,
      state: 'unknown',
      what: `the minion ${id} does not answer`,
      why: 'it is down, not accepted by the master, its id is another one, or it is masterless (only `salt-call --local`): nobody can give such a host an order, and the healer does not repair it',
      remedy: `see \`salt-key -L\` on the master, and the target of its node in prunella.yaml; run salt-minion with this master on a host that is masterless`,
    };
  }
  if (isModuleMissing(value)) {
    return {
      check,
      state: 'problem',
      what: `the minion ${id} has no prunella.apply`,
      why: 'it cannot refuse an order that was overtaken, and keeps no record of what it was ordered',
      remedy: `salt '${id}' saltutil.sync_modules; then salt '${id}' state.apply prunella.minion`,
    };
  }
  if (!isRecord(value) || value['prunella'] !== 1 || typeof value['problem'] === 'string') {
    const problem = isRecord(value) ? String(value['problem']) : 'it answers something else';
    return {
      check,
      state: 'problem',
      what: `prunella.apply of the minion ${id} cannot be used: ${problem}`,
      why: 'it refuses every order',
      remedy: `salt '${id}' state.apply prunella.minion, with \`prunella: allow:\` in its pillar`,
    };
  }
  const { allow, authority, stopped } = value;
  if (typeof authority === 'string' && authority !== installation)
    return obeysAnother(id, authority, installation);
  if (typeof stopped === 'string' || !Array.isArray(allow) || allow.length === 0) {
    const why = typeof stopped === 'string' ? `is stopped (${stopped.slice(0, 200)})` : 'allows nothing';
    return {
      check,
      state: 'warning',
      what: `the minion ${id} ${why}`,
      why: 'it refuses every order',
      remedy: 'if that is not meant: prunella.stop, and `prunella: allow:` in its pillar',
    };
  }
  return well(
    check,
    `the minion ${id} guards itself; its list allows ${allow.length === 1 ? 'one function' : `${allow.length} functions`}`,
  );
}

function obeysAnother(id: string, authority: string, installation: string | null): Finding {
  const ours = installation ?? 'the id that the first start makes and `prunella doctor` then tells';
  return {
    check: 'salt-module',
    state: installation === null ? 'warning' : 'problem',
    what: `the minion ${id} obeys the installation ${authority.slice(0, 100)}, and ${installation === null ? 'which one this is cannot be told: there is no store here yet, or it cannot be read' : `this one is ${installation}`}`,
    why: 'it refuses every order of any other (other-authority): two healers must not repair the same minion, and a new store is a new installation',
    remedy: `if that one is gone for good, write \`prunella: { authority: \u2026 }\` into the pillar of ${id} with ${ours}, then salt '${id}' state.apply prunella.minion; if its store was only lost, restore the backup with \`prunella restore FILE\``,
  };
}

import { isResourceName } from '@prunella/protocol';
import { z } from 'zod';
import type { PathBase } from './file-path.ts';
import { probeSettings } from './probe-settings.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:-]{0,199}$/, 'must be a name of letters, digits, `.`, `_`, `:` and `-`');

/** What is declared of each resource: labels, how to check it, its nodes and their targets. */
export function resourcesConfiguration(base: PathBase) {
  const probe = probeSettings(base);
  const node = z.strictObject({
    target: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe('Its id at the backend, such as a Salt minion id or the name of a declared service.'),
    domain: name.optional().describe('What fails with it at once, such as a rack or a zone.'),
    probe: probe
      .refine(({ check }) => check.type !== 'rethinkdb' || (check.tables ?? check.members) === undefined, {
        message:
          "`tables` and `members` ask the whole cluster: write them at the resource's probe, so that a member " +
          'that is well is not taken for one that failed',
      })
      .optional()
      .describe("The healer's own check of this node."),
  });
  const resource = z.strictObject({
    labels: z
      .record(z.string(), z.string().max(1_000))
      .prefault({})
      .describe('Texts by name, for people and for conditions, parameters and overrides of playbooks.'),
    probe: probe.optional().describe("The healer's own check of the resource as a whole."),
    nodes: z.record(name, node).prefault({}).describe('The servers of the resource.'),
  });
  return z.record(
    z.string().refine(isResourceName, 'must be `kind/name`, the kind in lower case, such as postgres/main'),
    resource,
  );
}

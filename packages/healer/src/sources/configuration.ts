import { durationText } from '@prunella/core';
import { isResourceName } from '@prunella/protocol';
import { z } from 'zod';
import type { PathBase } from '../configuration/file-path.ts';
import { secretReference } from '../configuration/secret.ts';

const sourceName = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const labelName = z.string().regex(/^[a-zA-Z_]\w{0,199}$/, 'must be the name of a label, such as instance');

const cel = z.string().min(1).max(1_000);
const resource = z.string().refine(isResourceName, 'must be `kind/name`, such as postgres/main');
const nodeName = z.string().min(1).max(200);

/** Programs that tell of trouble over HTTP; what this room owns of `prunella.yaml`. */
export function sourcesConfiguration(base: PathBase) {
  return z
    .record(
      z.string().regex(sourceName, 'must be a name of small letters, digits, `-` and `_`'),
      z.discriminatedUnion('type', [alertmanagerSource(), cloudEventsSource(), webhookSource(base)]),
    )
    .refine((sources) => Object.keys(sources).length <= 200, 'must be at most 200 sources');
}

function alertmanagerSource() {
  const rule = z.strictObject({
    labels: z
      .record(labelName, z.string().min(1).max(500))
      .refine((labels) => Object.keys(labels).length > 0, 'must ask for at least one label')
      .describe('What the alert must have, all of it; `*` stands for any run of characters.'),
    resource: resource.describe('What the alert is about.'),
    node: nodeName.optional().describe('Which of its nodes.'),
    nodeLabel: labelName
      .optional()
      .describe('The label that names the node, such as `instance`, where `node` is left out.'),
    nodes: z
      .record(z.string().min(1).max(500), nodeName)
      .prefault({})
      .describe('Nodes by what that label says of them; what is not among them is taken as it is.'),
  });
  return z.strictObject({
    type: z.literal('alertmanager'),
    resourceLabel: labelName
      .prefault('prunella_resource')
      .describe('The label that names the resource; asked before `map`.'),
    nodeLabel: labelName.prefault('prunella_node').describe('The label that names the node.'),
    map: z
      .array(rule)
      .max(1_000)
      .prefault([])
      .describe('For alerts without that label; the first rule that fits.'),
  });
}

function cloudEventsSource() {
  return z.strictObject({
    type: z.literal('cloudevents'),
    when: cel.optional().describe('CEL over `event`: others are left out.'),
    map: z
      .strictObject({
        resource: cel.prefault('event.subject').describe('CEL over `event`: the resource.'),
        node: cel.optional().describe('CEL over `event`: the node. An empty text: none.'),
        status: cel
          .optional()
          .describe(
            'CEL over `event`: `firing` or `resolved`. Else the extension `prunellastatus`, else firing.',
          ),
        summary: cel
          .optional()
          .describe('CEL over `event`: a sentence. Else `summary` or `message` of its data, else its type.'),
      })
      .prefault({})
      .describe('How a signal is made of an event.'),
  });
}

function webhookSource(base: PathBase) {
  const signature = z.strictObject({
    algorithm: z
      .enum(['hmac-sha256', 'standard-webhooks'])
      .prefault('hmac-sha256')
      .describe('`hmac-sha256`: of the body, in hex or base64, as GitHub, Grafana and most others do.'),
    header: z
      .string()
      .regex(headerName, 'must be the name of a header')
      .optional()
      .describe('Where the signature is, such as `x-hub-signature-256`; a `sha256=` before it is left out.'),
    secret: secretReference(base).describe('The key that both sides know.'),
    timestampHeader: z
      .string()
      .regex(headerName, 'must be the name of a header')
      .optional()
      .describe('Whose seconds since 1970 are signed as `SECONDS:BODY`, as Grafana can.'),
    tolerance: durationText({ leastMs: 1_000, mostMs: 3_600_000 })
      .prefault('5m')
      .describe("How far that time may be from the healer's clock."),
  });
  return z.strictObject({
    type: z.literal('webhook'),
    signature: signature
      .optional()
      .describe('Where written, no token is needed: the signature tells who sent it.'),
    when: cel.optional().describe('CEL over `body`, `headers` and `item`: others are left out.'),
    each: cel.optional().describe('CEL that gives a list, such as `body.alerts`: a signal for each `item`.'),
    map: z
      .strictObject({
        resource: cel.describe('CEL: the resource, such as `body.labels.resource`.'),
        node: cel.optional().describe('CEL: the node. An empty text: none.'),
        type: cel.prefault("'webhook'").describe('CEL: the type that playbooks name.'),
        status: cel.prefault("'firing'").describe('CEL: `firing` or `resolved`.'),
        id: cel
          .optional()
          .describe('CEL: what is the same when the same thing is told again. Without it each is a new one.'),
        summary: cel.optional().describe('CEL: a sentence for people.'),
      })
      .describe('How a signal is made of a request.'),
  });
}

export type SourcesConfiguration = z.output<ReturnType<typeof sourcesConfiguration>>;
export type SourceConfiguration = SourcesConfiguration[string];
export type AlertmanagerConfiguration = Extract<SourceConfiguration, { type: 'alertmanager' }>;
export type CloudEventsConfiguration = Extract<SourceConfiguration, { type: 'cloudevents' }>;
export type WebhookConfiguration = Extract<SourceConfiguration, { type: 'webhook' }>;

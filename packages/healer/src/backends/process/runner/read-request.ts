import type { Fence } from '@prunella/protocol';
import {
  isRecord,
  type RunnerOrder,
  type RunnerRequest,
  type RunnerVerb,
  runnerProtocol,
} from '../messages.ts';

const verbs: readonly RunnerVerb[] = ['start', 'restart', 'stop', 'hold', 'apply'];

/** Null for what is not a request of this protocol. */
export function readRequest(value: unknown): RunnerRequest | null {
  if (!isRecord(value) || value['protocol'] !== runnerProtocol) return null;
  const protocol = runnerProtocol;
  switch (value['type']) {
    case 'status':
      return { protocol, type: 'status' };
    case 'clear':
      return { protocol, type: 'clear' };
    case 'watch':
      return { protocol, type: 'watch' };
    case 'shutdown':
      return { protocol, type: 'shutdown', stopService: value['stopService'] === true };
    case 'find': {
      const fence = readFence(value['fence']);
      const { attempt } = value;
      return typeof attempt === 'string' && fence !== null
        ? { protocol, type: 'find', attempt, fence }
        : null;
    }
    case 'order': {
      const order = readOrder(value['order']);
      return order === null ? null : { protocol, type: 'order', order };
    }
    default:
      return null;
  }
}

function readOrder(value: unknown): RunnerOrder | null {
  if (!isRecord(value)) return null;
  const { attempt, notAfter, deadlineAt } = value;
  const verb = verbs.find((known) => known === value['verb']);
  const fence = readFence(value['fence']);
  if (typeof attempt !== 'string' || attempt === '' || verb === undefined || fence === null) return null;
  if (typeof notAfter !== 'number' || typeof deadlineAt !== 'number') return null;
  return { attempt, verb, fence, notAfter, deadlineAt };
}

function readFence(value: unknown): Fence | null {
  if (!isRecord(value)) return null;
  const { authority, generation, number } = value;
  if (typeof authority !== 'string' || typeof generation !== 'number' || typeof number !== 'number')
    return null;
  return { authority, generation, number };
}

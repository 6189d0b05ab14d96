import type { AttemptOrder, OperatorCommand, Playbook, Signal } from '@prunella/core';
import type { Report } from '@prunella/protocol';
import type { FoundAttempt } from '../src/backends/backend.ts';
import type { CommandReceipt } from '../src/engine/engine.ts';
import type { SignalReceipt } from '../src/sources/source.ts';
import type { Defect } from './defects.ts';

/** One line of JSON each, over the child's standard input and output. */
export type ToHealer =
  | { readonly go: Orders }
  | { readonly report: Report }
  | { readonly signal: Signal }
  | { readonly resource: string; readonly command: OperatorCommand }
  | { readonly answer: unknown; readonly to: number }
  | { readonly status: number }
  | { readonly stop: true };

export type FromHealer =
  | { readonly loaded: true }
  | { readonly ready: true }
  | { readonly signal: string; readonly receipt: SignalReceipt }
  | { readonly command: string; readonly receipt: CommandReceipt }
  /** The newest entry of the log that a listener was told of. */
  | { readonly published: number }
  | { readonly ask: number; readonly question: Question }
  | { readonly status: number; readonly open: readonly string[] }
  | { readonly crashing: string }
  | { readonly fault: string };

/** What the healer wants of the world: its probe, and its backend's connection to the targets. */
export type Question =
  | { readonly probe: string }
  | { readonly dispatch: AttemptOrder }
  | { readonly find: AttemptOrder }
  | { readonly await: AttemptOrder };

export type FoundAnswer =
  | Exclude<FoundAttempt, { readonly found: 'running' }>
  | { readonly found: 'running' };

/** How one life of the healer is to be. */
export interface Orders {
  readonly folder: string;
  readonly playbooks: readonly Playbook[];
  readonly resources: readonly string[];
  /** A crash point, or `inside-commit`; null: it is killed from outside. */
  readonly crashAt: string | null;
  /** At which pass of it, from 1. */
  readonly pass: number;
  readonly defect: Defect | null;
}

import type { ReportingOptions } from './options.ts';

/**
 * Says where this process reports to. Call it before guards are attached or at any later time; a later call
 * replaces the former. Without it the environment decides. Throws an `OptionError` for a wrong option.
 */
export function configureReporting(_options: ReportingOptions): void {}

/**
 * Says goodbye to the healer, which then no longer counts this process as an observer; for an orderly exit.
 * Never rejects; takes at most about 1 s. Nothing is reported afterwards, until a guard is attached.
 */
export async function sayGoodbye(): Promise<void> {}

import { join } from 'node:path';

/** Where everything of one lab lies. */
export interface SaltLayout {
  readonly folder: string;
  /** Apart and short: a socket's path may have 103 characters at most. */
  readonly socketFolder: string;
  readonly ports: { readonly publish: number; readonly request: number; readonly api: number };
}

export const masterEtc = (layout: SaltLayout) => join(layout.folder, 'master', 'etc');
export const minionEtc = (layout: SaltLayout, id: string) => join(layout.folder, 'minions', id, 'etc');
export const minionRoot = (layout: SaltLayout, id: string) => join(layout.folder, 'minions', id);
export const logFile = (layout: SaltLayout, name: string) => join(layout.folder, 'log', `${name}.log`);
export const supervisorFile = (layout: SaltLayout, id: string) =>
  join(minionEtc(layout, id), 'supervisord.conf');

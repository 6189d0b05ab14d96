import { SaltError } from './salt-error.ts';

/** Fits what the problem says: a master that refused a call does run. */
export function remedyFor(error: unknown): string {
  if (!(error instanceof SaltError)) return 'Look into the log of the healer, and report this as a defect.';
  switch (error.code) {
    case 'salt-secret':
      return 'Put the secret where prunella.yaml says that it is.';
    case 'salt-tls':
      return 'Correct "url" or the files under "tls" of the backend "salt"; the files are read anew at each connection.';
    case 'salt-login-refused':
      return 'Check username, password and eauth of the backend "salt" against the Salt master.';
    case 'salt-forbidden':
      return "Add what is missing to that account's list, and restart the Salt master: it reads the list at its start.";
    case 'salt-request-refused':
      return "Correct it, and restart what reads it: the healer for its address, salt-api for the master's configuration.";
    default:
      return 'Check that the Salt master and salt-api run, and that the address is right.';
  }
}

/** What became of a command; the note is for the person who gave it. */
export interface Answer {
  readonly done: boolean;
  readonly note: string;
  /** Carried out after the command itself is on the log. */
  readonly effect?: () => void;
}

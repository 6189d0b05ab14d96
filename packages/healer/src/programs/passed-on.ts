/** Of the healer's environment; all else of it may be a secret of the healer's. Alone here: runners load no more. */
const passedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const;

/** What every program gets that the healer runs. */
export function passedOnEnvironment(): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

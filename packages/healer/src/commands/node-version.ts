/** As `engines` of the package says. Without `node:sqlite` nothing is stored, and an older one has it not. */
const needed = { major: 22, minor: 13 } as const;

/** Null where this version of Node.js will do. */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > needed.major || (major === needed.major && minor >= needed.minor)) return null;
  return `prunella needs Node.js ${needed.major}.${needed.minor} or later, and this is ${version}: install a newer one, or put it first on the PATH`;
}

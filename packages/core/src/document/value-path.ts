/** Keys and indexes from the root of a value to a part of it. */
export type Path = readonly PropertyKey[];

/** `ladder[0].after`, as a person would say it; `the document` for the whole. */
export function pathName(path: Path): string {
  let name = '';
  for (const part of path) {
    if (typeof part === 'number') name += `[${part}]`;
    else if (/^[\w-]+$/.test(String(part))) name += name === '' ? String(part) : `.${String(part)}`;
    else name += `['${String(part).slice(0, 60)}']`;
  }
  return name === '' ? 'the document' : name;
}

/** Own properties only; undefined where the path leads nowhere. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, part)) return undefined;
    here = Reflect.get(here, part);
  }
  return here;
}

export function removeKeys(value: unknown, path: Path, keys: readonly string[]): void {
  const owner = valueAt(value, path);
  if (typeof owner !== 'object' || owner === null) return;
  for (const key of keys) Reflect.deleteProperty(owner, key);
}

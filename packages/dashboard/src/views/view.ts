import type { ComponentType } from 'preact';

export interface ViewProps {
  /** The parts of the path that the pattern names, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A view is a folder here and an entry in `views`. */
export interface View {
  /** As the healer knows it, such as `/incidents/:incident`. */
  readonly pattern: string;
  /** For the browser's tab and for screen readers; the view's `h1` may say more. */
  readonly title: (parameters: ViewProps['parameters']) => string;
  readonly component: ComponentType<ViewProps>;
}

/** The parameters of a path that fits the pattern; null where it does not. */
export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== text) return null;
      continue;
    }
    const value = decoded(text);
    if (value === null || value === '') return null;
    parameters[part.slice(1)] = value;
  }
  return parameters;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The target of an HTTP request, taken apart. Never throws: a stranger wrote it. */
export interface Target {
  readonly path: string;
  /** The last value wins when a name is repeated. */
  readonly query: Readonly<Record<string, string>>;
}

/** `/a/b?c=1` → path `/a/b`, query `{c: '1'}`. The path stays percent-encoded. */
export function parseTarget(target: string | undefined): Target {
  const raw = target ?? '/';
  const mark = raw.indexOf('?');
  if (mark < 0) return { path: raw, query: {} };
  const entries = new URLSearchParams(raw.slice(mark + 1)).entries();
  // No prototype: a stranger chooses the names.
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of entries) query[name] = value;
  return { path: raw.slice(0, mark), query };
}

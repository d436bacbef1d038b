/** Secrets by name. The value lives in a wrapper that prints as `***` everywhere. */
export interface Secret {
  /** The only way to the value; call it at the point of use and keep no copy. */
  reveal(): string;
  toJSON(): string;
  toString(): string;
}

export interface Secrets {
  /** The secret of that environment name (or the file its `_FILE` twin points to); undefined when unset. */
  get(name: string): Secret | undefined;
}

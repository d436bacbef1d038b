/** Hands redacted log lines to whoever is attached; costs nothing while nobody is. */
export type LineListener = (level: string, text: string) => void;

export class LogTee {
  readonly #listeners = new Set<LineListener>();

  /** Returns the unsubscribe function. */
  tap(listener: LineListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  write(level: string, event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#listeners.size === 0) return;
    const text = JSON.stringify({ level, event, ...fields });
    for (const listener of this.#listeners) listener(level, text);
  }
}

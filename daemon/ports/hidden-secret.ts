/** The wrapper of a secret: prints as `***` everywhere but through `reveal()`. */
import { inspect } from 'node:util';
import type { Secret } from '../../streams/ports/index.ts';

const hidden = '***';

class HiddenSecret implements Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return hidden;
  }

  toString(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}

/** Wraps a value, for example one generated at run time. */
export function hideSecret(value: string): Secret {
  return new HiddenSecret(value);
}

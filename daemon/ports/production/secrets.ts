/**
 * Secrets from the environment or from the file its `_FILE` twin names. Whatever is handed out is
 * first made known to the redactor, so that it cannot appear in a log line even inside a text.
 */
import { readFileSync } from 'node:fs';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Secrets } from '../../../streams/ports/index.ts';
import { hideSecret } from '../hidden-secret.ts';

/** `learn` is told every value before it is handed out. Throws SECRET_MISSING on a bad file. */
export function productionSecrets(
  learn: (value: string) => void,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Secrets {
  return {
    get(name) {
      const value = environment[name] || fromFile(name, environment[`${name}_FILE`]);
      if (value === undefined || value === '') return undefined;
      learn(value);
      return hideSecret(value);
    },
  };
}

function fromFile(name: string, path: string | undefined): string | undefined {
  if (path === undefined || path === '') return undefined;
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const message = `the file of secret ${name} cannot be read; check ${name}_FILE and its rights`;
    throw new HoldfastError('SECRET_MISSING', message, { cause, details: { path } });
  }
}

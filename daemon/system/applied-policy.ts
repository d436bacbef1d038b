/**
 * The launch policy as it stands now: the file of the profile, or what was applied over the control port
 * since. The newest word wins: an applied policy names the file it replaced by digest, and ends when that
 * file is changed by hand. It lies in the data directory, so it survives a restart.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import { hex64 } from '../../streams/facts/hex.ts';
import { parseJson } from '../../streams/facts/text.ts';
import type { Disk } from '../../streams/ports/index.ts';
import { LaunchPolicyFile } from '../config/launch-policy-file.ts';

type Document = Readonly<Record<string, unknown>>;

const appliedSchema = z.strictObject({
  /** Of the file that this replaces. */
  replaces_sha256: hex64,
  policy: z.record(z.string(), z.unknown()),
});

export class AppliedPolicy {
  readonly #disk: Disk;
  readonly #file: string;
  readonly #launch: LaunchPolicyFile;
  readonly #path: string;

  constructor(disk: Disk, file: string, dataDirectory: string) {
    this.#disk = disk;
    this.#file = file;
    this.#launch = new LaunchPolicyFile(disk, file);
    this.#path = join(dataDirectory, 'applied-policy.json');
  }

  /** What was applied and still counts. Throws CONFIG_INVALID when it is damaged. */
  get current(): Document | undefined {
    const applied = this.#applied();
    if (applied === undefined) return undefined;
    return applied.replaces_sha256 === this.#fileSha256() ? applied.policy : undefined;
  }

  /** Throws CONFIG_INVALID when neither can be read. */
  read(): Document {
    return this.current ?? this.#launch.read();
  }

  /** Keeps it from now on. Returns how to take it back. */
  write(policy: Document): () => void {
    const before = this.#disk.exists(this.#path)
      ? this.#disk.readFile(this.#path).toString('utf8')
      : undefined;
    const applied = { replaces_sha256: this.#fileSha256(), policy };
    this.#disk.writeFileAtomic(this.#path, `${JSON.stringify(applied, undefined, 2)}\n`, 0o600);
    return () => {
      if (before === undefined) this.#disk.remove(this.#path);
      else this.#disk.writeFileAtomic(this.#path, before, 0o600);
    };
  }

  #applied(): z.infer<typeof appliedSchema> | undefined {
    if (!this.#disk.exists(this.#path)) return undefined;
    const text = this.#disk.readFile(this.#path).toString('utf8');
    const parsed = appliedSchema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    throw new HoldfastError(
      'CONFIG_INVALID',
      `${this.#path} is damaged: remove it to go back to ${this.#file}, or apply the policy again`,
    );
  }

  #fileSha256(): string {
    return sha256Hex(this.#disk.readFile(this.#file));
  }
}

function parsedJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

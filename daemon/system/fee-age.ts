/**
 * When fee rates were last read from the venue, in epoch time and on disk: a restart must not make
 * old fees young. They come with the instrument list.
 */
import { z } from 'zod';
import type { Ports } from '../../streams/ports/index.ts';

const feeAgeSchema = z.strictObject({ fees_read_us: z.int().nonnegative() });

export class FeeAge {
  readonly #ports: Pick<Ports, 'disk' | 'telemetry'>;
  readonly #path: string;
  #readUs: number | undefined;

  constructor(ports: Pick<Ports, 'disk' | 'telemetry'>, path: string) {
    this.#ports = ports;
    this.#path = path;
    this.#readUs = this.#load();
  }

  /** Epoch µs; undefined: never, or not known. */
  get readUs(): number | undefined {
    return this.#readUs;
  }

  /** Fees were read at this epoch time, µs. */
  note(readUs: number): void {
    if (readUs === this.#readUs) return;
    this.#readUs = readUs;
    try {
      this.#ports.disk.writeFileAtomic(this.#path, `${JSON.stringify({ fees_read_us: readUs })}\n`);
    } catch (cause) {
      this.#ports.telemetry.log.warn('fee_age.not_written', { cause: String(cause) });
    }
  }

  /** A file that cannot be read is as good as none: fees are old until they are read again. */
  #load(): number | undefined {
    const { disk, telemetry } = this.#ports;
    if (!disk.exists(this.#path)) return undefined;
    try {
      return feeAgeSchema.parse(JSON.parse(disk.readFile(this.#path).toString('utf8')))
        .fees_read_us;
    } catch (cause) {
      telemetry.log.warn('fee_age.unreadable', { cause: String(cause) });
      return undefined;
    }
  }
}

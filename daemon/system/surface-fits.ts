/** The last good fit of every option expiry, written out when it is made: an order only looks it up. */
import type { Instrument } from '../../streams/facts/instrument.ts';
import { type SurfaceFit, surfaceFitJson } from '../../streams/facts/surface-fit.ts';
import { surfaceOf } from './option-chain.ts';

export class SurfaceFits {
  /** By surface, then by expiry. */
  readonly #texts = new Map<string, Map<number, string>>();

  /** Fits of what has expired are forgotten with the next one of their surface. */
  keep(surface: string, fit: SurfaceFit): void {
    const texts = this.#texts.get(surface) ?? new Map<number, string>();
    this.#texts.set(surface, texts);
    for (const expiryUs of texts.keys()) {
      if (expiryUs <= fit.fittedUs) texts.delete(expiryUs);
    }
    texts.set(fit.expiryUs, surfaceFitJson(fit));
  }

  /** Canonical JSON; null: none was found good, or it has no expiry. */
  of({ row, expiryUs }: Instrument): string | null {
    if (expiryUs === null) return null;
    return this.#texts.get(surfaceOf(row))?.get(expiryUs) ?? null;
  }
}

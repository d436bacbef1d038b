/** `deribit_volatility_index.{index}` notifications, decoded; what is not one is nothing. */
export interface VolatilityIndex {
  /** `btc_usd`. */
  readonly index: string;
  /** Percent a year. */
  readonly valueFloat: number;
}

/** Undefined: another channel, or no positive number. */
export function decodeVolatilityIndex(
  channel: { readonly kind: string },
  { index_name, volatility }: Readonly<Record<string, unknown>>,
): VolatilityIndex | undefined {
  if (channel.kind !== 'volatility_index' || typeof index_name !== 'string') return undefined;
  if (typeof volatility !== 'number' || !(volatility > 0)) return undefined;
  return { index: index_name, valueFloat: volatility };
}

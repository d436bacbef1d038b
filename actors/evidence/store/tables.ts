/** All tables of the store. Which fact goes where is decided here and nowhere else. */
import type { StoreTable } from './table.ts';
import { controlTables } from './tables-control.ts';
import { marketTables } from './tables-market.ts';
import { tradingTables } from './tables-trading.ts';

export type { RetentionClass, StoreTable } from './table.ts';

export const storeTables: readonly StoreTable[] = [
  ...controlTables,
  ...tradingTables,
  ...marketTables,
];

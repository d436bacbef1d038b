/** The store, as the daemon sees it: supervise the process, read what it holds. */
export { connectStore, type StoreEndpoint } from './client.ts';
export type { StoreHealth, StoreProcessConfig } from './protocol.ts';
export { type StoreState, StoreSupervisor, type StoreView } from './supervise.ts';

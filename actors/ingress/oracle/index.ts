/** The oracle store: sealed worlds under one root, written once, found by reference, proven by digest. */
export {
  listWorlds,
  openWorldOf,
  resolveWorld,
  verifyWorldOf,
  type WorldEntry,
} from './catalogue.ts';
export {
  type ArtifactKind,
  artifactPath,
  type Locator,
  type LocatorToken,
  type LocatorTokens,
} from './layout.ts';
export type { SealReceipt, VerifyReceipt } from './receipts.ts';
export {
  beginCapture,
  type Capture,
  type SealedWorld,
  type SealIdentity,
  type SealImportRequest,
  type SealPorts,
  sealImport,
} from './seal.ts';

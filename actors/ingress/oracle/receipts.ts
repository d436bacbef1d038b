/** Receipts of sealing and verifying: who found what, when. The only place where a wall clock appears. */
import { canonicalJson } from '../../../streams/facts/hash.ts';
import type { Disk } from '../../../streams/ports/index.ts';
import { artifactPath, type LocatorTokens } from './layout.ts';

export interface SealReceipt {
  readonly status: 'SEALED_OK' | 'SEALED_FAILED';
  readonly sealed_at: string;
  readonly problems: readonly string[];
}

export interface VerifyReceipt {
  readonly status: 'VERIFIED' | 'DAMAGED';
  readonly verified_at: string;
  readonly problems: readonly string[];
}

interface ReceiptOf {
  readonly seal_receipt: SealReceipt;
  readonly verify_receipt: VerifyReceipt;
}

/** Writes `receipt.json` of the latest sealing or verification of that world. */
export function writeReceipt<K extends keyof ReceiptOf>(
  disk: Disk,
  root: string,
  kind: K,
  tokens: LocatorTokens,
  receipt: ReceiptOf[K],
): void {
  const directory = `${root}/${artifactPath(kind, tokens)}`;
  disk.makeDirectory(directory);
  disk.writeFileAtomic(`${directory}/receipt.json`, `${canonicalJson(receipt)}\n`);
}

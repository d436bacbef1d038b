/** What the receiver knows about a frame beside its bytes. One object is reused for all frames. */
export interface Stamp {
  channel: string;
  sessionEpoch: number;
  receivedUs: number;
  receivedMonotonicUs: number;
}

/** Randomness as an injected thing: production draws from the system, a run draws from its seed. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, bound). `bound` is a positive safe integer. */
  integer(bound: number): number;
  /** `byteCount` random bytes in lower-case hex. */
  hex(byteCount: number): string;
  /** An independent stream named `name`: one more draw here never shifts another stream. */
  fork(name: string): Random;
}

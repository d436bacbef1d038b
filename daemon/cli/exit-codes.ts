/** What the exit codes of the command line and of the daemon mean. */
export interface ExitCodeRow {
  readonly exitCode: number;
  readonly meaning: string;
}

export const exitCodeRows: readonly ExitCodeRow[] = [
  { exitCode: 0, meaning: 'done' },
  { exitCode: 1, meaning: 'a bug' },
  { exitCode: 2, meaning: 'usage' },
  { exitCode: 3, meaning: 'configuration' },
  { exitCode: 4, meaning: 'data damaged, or not in its documented form' },
  { exitCode: 5, meaning: 'a resource is missing or taken' },
  { exitCode: 6, meaning: 'the venue or the network' },
  { exitCode: 7, meaning: 'the evidence store' },
  { exitCode: 8, meaning: 'refused' },
  { exitCode: 10, meaning: '`status` only: the mode is ReduceOnly' },
  { exitCode: 11, meaning: '`status` only: the mode is Kill' },
  { exitCode: 130, meaning: 'interrupted' },
];

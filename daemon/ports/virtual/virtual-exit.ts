/** Thrown by the virtual `host.exit`: nothing after it runs. Virtual time goes on without the node. */
export class VirtualExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the node ended with exit code ${exitCode}`);
    this.name = 'VirtualExit';
    this.exitCode = exitCode;
  }
}

/** True for an exit, also as the cause of what code that died in a call made of it. */
export function isVirtualExit(thrown: unknown): boolean {
  for (let each = thrown; each instanceof Error; each = each.cause)
    if (each instanceof VirtualExit) return true;
  return false;
}

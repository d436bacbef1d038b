/** Thrown by the virtual `host.exit`: nothing after it runs. Virtual time goes on without the node. */
export class VirtualExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the node ended with exit code ${exitCode}`);
    this.name = 'VirtualExit';
    this.exitCode = exitCode;
  }
}

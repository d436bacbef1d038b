/** placeholder while the run is wired */
import type { CommandEnvironment } from '../cli/terminal.ts';
export function runCommand(environment: CommandEnvironment, _options: object): Promise<number> {
  environment.terminal.note('not wired');
  return Promise.resolve(1);
}

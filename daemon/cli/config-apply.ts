/** `holdfast config apply`: a launch policy from a file, checked here first, applied by the daemon. */
import { resolve } from 'node:path';
import { LaunchPolicyFile, parseLaunchPolicy } from '../config/launch-policy-file.ts';
import type { DaemonOptions } from './client.ts';
import { sendCommand } from './command.ts';
import type { CommandEnvironment } from './terminal.ts';

/** Rejects with CONFIG_INVALID before anything is sent, or with what the daemon refused it with. */
export function configApplyCommand(
  environment: CommandEnvironment,
  file: string,
  reason: string,
  options: DaemonOptions,
): Promise<number> {
  const path = resolve(environment.workingDirectory, file);
  const policy = new LaunchPolicyFile(environment.ports.disk, path).read();
  parseLaunchPolicy(policy);
  return sendCommand(environment, '/api/v1/control/policy', { policy, reason }, options);
}

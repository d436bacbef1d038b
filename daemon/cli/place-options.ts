/** Which daemon a command talks to: the options that say it, and what they come to. */
import { Option } from 'commander';
import { defaultDataDirectory } from './client.ts';

export const dataOption = (): Option =>
  new Option('--data <directory>', 'data directory of the daemon').default(defaultDataDirectory);
export const urlOption = (): Option =>
  new Option('--url <url>', 'address of the daemon (default: the one running here)');

export function at(options: { readonly url?: string; readonly data: string }): {
  url?: string;
  dataDirectory: string;
} {
  return {
    ...(options.url === undefined ? {} : { url: options.url }),
    dataDirectory: options.data,
  };
}

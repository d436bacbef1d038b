/**
 * Where a running daemon can be reached. It writes the file when its ports are open and removes it
 * when it stops, so that `holdfast status` needs no configuration on the same host.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Disk } from '../../streams/ports/index.ts';

const endpointsSchema = z.object({
  pid: z.int(),
  run_id: z.string(),
  status_url: z.string(),
  control_url: z.string(),
});
export type Endpoints = z.infer<typeof endpointsSchema>;

const fileName = 'endpoints.json';

export function writeEndpoints(disk: Disk, dataDirectory: string, endpoints: Endpoints): void {
  disk.writeFileAtomic(
    join(dataDirectory, fileName),
    `${JSON.stringify(endpoints, null, 2)}\n`,
    0o600,
  );
}

export function removeEndpoints(disk: Disk, dataDirectory: string): void {
  const path = join(dataDirectory, fileName);
  if (disk.exists(path)) disk.remove(path);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Undefined when no daemon left its address there. Throws SCHEMA_INVALID on anything else. */
export function readEndpoints(disk: Disk, dataDirectory: string): Endpoints | undefined {
  const path = join(dataDirectory, fileName);
  if (!disk.exists(path)) return undefined;
  const result = endpointsSchema.safeParse(parsed(disk.readFile(path).toString('utf8')));
  if (!result.success)
    throw new HoldfastError('SCHEMA_INVALID', `${path} is not an endpoints file: remove it`);
  return result.data;
}

/** Module hooks of Node that plant a bug: exact text of one compiled file is replaced as it is loaded. */
import { readFileSync } from 'node:fs';
import type { LoadFnOutput, LoadHookContext } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { PlantedBug } from './planted-bug.ts';

let bug: PlantedBug | undefined;

export function initialize(data: PlantedBug): void {
  bug = data;
}

export async function load(
  url: string,
  context: LoadHookContext,
  nextLoad: (url: string, context: LoadHookContext) => LoadFnOutput | Promise<LoadFnOutput>,
): Promise<LoadFnOutput> {
  const loaded = await nextLoad(url, context);
  const wanted = bug?.changes.filter(({ file }) => url.endsWith(`/dist/${file}`)) ?? [];
  if (wanted.length === 0) return loaded;
  let source = readFileSync(fileURLToPath(url), 'utf8');
  for (const { file, find, put } of wanted) {
    const at = source.indexOf(find);
    // A bug that is not planted would be called caught by nobody: it must not pass in silence.
    if (at < 0 || source.indexOf(find, at + 1) >= 0)
      throw new Error(`${bug?.name}: "${find}" must stand exactly once in ${file}`);
    source = source.slice(0, at) + put + source.slice(at + find.length);
  }
  return { ...loaded, source };
}

/** Module hook: uvu as it is, except for the one line that prints details. */
import type { LoadHook } from 'node:module';

const printed = 'if (details) str +=';
const repaired =
  "if (details && typeof details !== 'string') details = JSON.stringify(details, null, 2);\n\tif (details) str +=";

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (!url.endsWith('/uvu/dist/index.mjs') || loaded.source === undefined) return loaded;
  const source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
  return { ...loaded, source: source.replace(printed, () => repaired) };
};

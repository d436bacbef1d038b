/** `npm run docs`: rewrites every page that is generated from code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedPages } from './reference/pages.ts';
import { projectRoot } from './sources.ts';

for (const [path, page] of Object.entries(generatedPages)) {
  writeFileSync(join(projectRoot, path), page());
  process.stdout.write(`${path}\n`);
}

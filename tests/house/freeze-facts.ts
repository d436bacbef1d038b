/**
 * `npm run facts:freeze`: writes samples of every fact type and version that has none yet. What was
 * frozen stays as it is: a schema that changed needs a new version and an upcaster, and is told so.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { factSchemas } from '../../streams/facts/registry.ts';
import {
  freshSamples,
  type SampleFile,
  sampleFileName,
  samplesDirectory,
} from '../fixtures/facts/samples.ts';

mkdirSync(samplesDirectory, { recursive: true });
for (const [type, { version }] of Object.entries(factSchemas)) {
  const path = `${samplesDirectory}/${sampleFileName(type, version)}`;
  const fresh = freshSamples(type);
  if (!existsSync(path)) {
    writeFileSync(path, `${JSON.stringify(fresh, null, 2)}\n`);
    process.stdout.write(`frozen   ${type} v${version}\n`);
    continue;
  }
  const frozen = JSON.parse(readFileSync(path, 'utf8')) as SampleFile;
  if (frozen.schema_digest === fresh.schema_digest) continue;
  process.stdout.write(
    `CHANGED  ${type} v${version}: raise its version to ${version + 1} and add an upcaster\n`,
  );
  process.exitCode = 1;
}

/** `holdfast seal import`, `holdfast oracle ls | verify`: recordings into sealed worlds, and proof. */
import { listWorlds, sealImport, verifyWorldOf } from '../../actors/ingress/oracle/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { isoFromUs } from '../../streams/facts/time.ts';
import { type ImportFormat, importFormats } from '../../streams/worlds/index.ts';
import { startProgress } from './progress.ts';
import { type CommandEnvironment, paint, printJson, renderTable } from './terminal.ts';

export interface SealImportOptions {
  readonly format: string;
  readonly name: string;
  readonly root: string;
  readonly as?: readonly string[];
  readonly instruments?: string;
  readonly skipMalformed?: string;
  readonly makerFee?: string;
  readonly takerFee?: string;
  readonly licence?: string;
}

function formatOf(text: string): ImportFormat {
  const format = importFormats.find((candidate) => candidate === text);
  if (format !== undefined) return format;
  throw new HoldfastError('USAGE', `no format ${text}; there are: ${importFormats.join(', ')}`);
}

function countOf(text: string | undefined, option: string): number {
  const count = Number(text ?? '0');
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new HoldfastError('USAGE', `${option} takes a whole number, not ${text}`);
}

export async function sealImportCommand(
  environment: CommandEnvironment,
  files: readonly string[],
  options: SealImportOptions,
): Promise<number> {
  const { ports, terminal, json } = environment;
  const format = formatOf(options.format);
  if (options.as !== undefined && options.as.length !== files.length) {
    throw new HoldfastError(
      'USAGE',
      `--as names ${options.as.length} instruments for ${files.length} files: one each`,
    );
  }
  const progress = startProgress(terminal, 'sealing', 'bytes');
  try {
    const sealed = await sealImport(ports, options.root, {
      format,
      scenarioId: options.name,
      sources: files.map((path, index) => ({
        path,
        ...(options.as?.[index] === undefined ? {} : { as: options.as[index] }),
      })),
      skipMalformed: countOf(options.skipMalformed, '--skip-malformed'),
      ...(options.instruments === undefined ? {} : { instrumentsPath: options.instruments }),
      ...(options.makerFee === undefined ? {} : { makerFeeRate: options.makerFee }),
      ...(options.takerFee === undefined ? {} : { takerFeeRate: options.takerFee }),
      ...(options.licence === undefined ? {} : { licence: options.licence }),
      onProgress: ({ bytesDone, bytesTotal, phase }) =>
        progress.update(bytesDone, bytesTotal, phase),
    });
    progress.stop();
    const { manifest, directory } = sealed;
    if (json) printJson(terminal, { directory, manifest });
    else {
      terminal.out(
        `${paint.green('sealed')}  ${manifest.scenario_id}  ${manifest.manifest_fingerprint}`,
      );
      terminal.out(
        `  ${Object.entries(manifest.counts)
          .map(([kind, count]) => `${count} ${kind}`)
          .join(', ')}`,
      );
      terminal.out(`  ${isoFromUs(manifest.first_ts_us)} … ${isoFromUs(manifest.last_ts_us)}`);
      terminal.out(`  ${directory}`);
    }
    return 0;
  } finally {
    progress.stop();
  }
}

export function oracleListCommand(environment: CommandEnvironment, root: string): number {
  const { ports, terminal, json } = environment;
  const entries = listWorlds(ports.disk, root);
  if (json) printJson(terminal, { worlds: entries });
  else if (entries.length === 0) {
    terminal.note(`no sealed world under ${root}; seal one with \`holdfast seal import\``);
  } else {
    terminal.out(
      renderTable(
        ['world', 'status', 'events', 'first', 'last', 'fingerprint'],
        entries.map(({ scenarioId, status, manifest, fingerprint }) => [
          scenarioId,
          status,
          manifest === undefined
            ? '?'
            : String(Object.values(manifest.counts).reduce((sum, count) => sum + count, 0)),
          manifest === undefined ? '?' : isoFromUs(manifest.first_ts_us),
          manifest === undefined ? '?' : isoFromUs(manifest.last_ts_us),
          fingerprint.slice(0, 12),
        ]),
      ),
    );
  }
  return entries.some(({ status }) => status === 'DAMAGED') ? 4 : 0;
}

export function oracleVerifyCommand(
  environment: CommandEnvironment,
  root: string,
  world: string,
): number {
  const { ports, terminal, json } = environment;
  const report = verifyWorldOf(ports, root, world);
  if (json) printJson(terminal, { ok: report.ok, problems: report.problems });
  else if (report.ok)
    terminal.out(`${paint.green('verified')}  ${world}: every file matches its digest`);
  else {
    terminal.out(`${paint.red('damaged')}  ${world}`);
    for (const problem of report.problems) terminal.out(`  ${problem}`);
  }
  return report.ok ? 0 : 4;
}

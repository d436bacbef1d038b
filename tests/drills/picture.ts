/**
 * The pictures of the README: `npm run picture`. Starts the real system, waits until it trades both
 * built-in strategies, and draws what `holdfast status` and the live line really print. Also keeps
 * the answers of the status port, for the page that describes them.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DrilledSystem, writeDrillProfile } from './drilled-system.ts';
import { terminalSvg, withoutColours } from './terminal-svg.ts';

const docs = fileURLToPath(new URL('../../../docs', import.meta.url));
const target = join(docs, 'pictures');
const tradeDeadlineMs = 120_000;
const columnsMax = 110;
/** Lines of `holdfast up` that fit into a picture. */
const linesMax = 12;

/** Puts an answer into its block of the page that describes it. */
function showAnswer(name: string, json: string): void {
  const page = join(docs, 'health_endpoint.md');
  const block = new RegExp(`(<!-- snapshot: ${name} -->\n\`\`\`json\n)[^\`]*`);
  const text = readFileSync(page, 'utf8');
  if (!block.test(text)) throw new Error(`${page} has no block for ${name}`);
  writeFileSync(
    page,
    text.replace(block, (_, head: string) => `${head}${json.trim()}\n`),
  );
}

async function capture(directory: string): Promise<void> {
  const system = new DrilledSystem(directory, writeDrillProfile(directory, {}, 'usual'), 'up', {
    FORCE_COLOR: '1',
  });
  try {
    await system.start();
    const status = await system.until(
      ({ positions, trading_mode }) => trading_mode === 'Active' && positions.length >= 3,
      'positions of both strategies',
      tradeDeadlineMs,
    );
    const { text } = await system.print(['status'], { FORCE_COLOR: '1' });
    const health = await system.print(['health', '--json']);
    mkdirSync(target, { recursive: true });
    const write = (name: string, content: string): void =>
      writeFileSync(join(target, name), content.replaceAll(directory, '~/holdfast'));
    write('status.svg', terminalSvg(text, { title: 'holdfast status', columnsMax }));
    write('status.txt', withoutColours(text));
    const printed = system.printed.trimEnd().split('\n').slice(0, linesMax).join('\n');
    const live = printed.replaceAll(directory, '~/holdfast');
    write('up.svg', terminalSvg(live, { title: 'npm start', columnsMax: 140 }));
    write('up.txt', withoutColours(`${live}\n`));
    showAnswer('health', health.text.replaceAll(directory, '~/holdfast'));
    showAnswer('status', JSON.stringify(status, null, 2));
  } finally {
    await system.stop();
  }
}

const directory = mkdtempSync(join(tmpdir(), 'holdfast-picture-'));
try {
  await capture(directory);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

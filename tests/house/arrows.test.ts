/** Arrows point down only: dependency-cruiser's rules hold, and each of them catches an offender. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { projectRoot } from './sources.ts';

const arrows = suite('arrows');
const binary = join(projectRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const floors = ['daemon', 'actors', 'machines', 'streams'];

function cruise(cwd: string): { status: number | null; output: string } {
  const args = [binary, '--config', join(projectRoot, '.dependency-cruiser.json'), ...floors];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** Runs `check` in a small project of planted files, given as path → text. */
function withPlanted(files: Readonly<Record<string, string>>, check: (cwd: string) => void): void {
  const cwd = mkdtempSync(join(tmpdir(), 'holdfast-arrows-'));
  try {
    for (const floor of floors) mkdirSync(join(cwd, floor));
    const manifest = { name: 'planted', type: 'module', dependencies: {} };
    writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(cwd, 'tsconfig.json'), '{"compilerOptions":{"module":"nodenext"}}');
    symlinkSync(join(projectRoot, 'node_modules'), join(cwd, 'node_modules'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    check(cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

arrows('point down in the whole house', () => {
  const { status, output } = cruise(projectRoot);
  assert.match(output, /modules, \d+ dependencies cruised/);
  assert.is(status, 0, output);
});

arrows('catch every kind of offender', () => {
  const target = 'export const target = 1;\n';
  const files = {
    'streams/facts/ground.ts':
      "import { target } from '../ports/port.ts';\nexport const a = target;\n",
    'streams/ports/port.ts': target,
    'streams/market/stream.ts':
      "import { target } from '../../actors/guard/index.ts';\nexport const b = target;\n",
    'actors/guard/index.ts': target,
    'actors/guard/inside.ts': target,
    'actors/execution/room.ts':
      "import { target } from '../guard/inside.ts';\nexport const c = target;\n",
    'actors/market/room.ts':
      "import { target } from '../../daemon/system.ts';\nexport const d = target;\n",
    'daemon/system.ts': target,
    'machines/gate.ts':
      "import { target } from '../streams/ports/port.ts';\nexport const e = target;\n",
    'daemon/one.ts': "import { two } from './two.ts';\nexport const one = () => two;\n",
    'daemon/two.ts': "import { one } from './one.ts';\nexport const two = () => one;\n",
  };
  withPlanted(files, (cwd) => {
    const { status, output } = cruise(cwd);
    assert.is.not(status, 0);
    const rules = [
      'no-circular',
      'facts-are-the-ground',
      'streams-look-down',
      'machines-are-pure',
      'rooms-look-down',
      'through-the-door',
    ];
    for (const rule of rules) assert.match(output, rule);
  });
});

arrows.run();

/** Kills the daemon at every step of a group and writes `evidence/phase2/group_crash.{json,md}`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../fixtures/system/profile-files.ts';
import { pageOf, provenanceOf, provenanceTable, table } from '../page.ts';
import { crashGroup, type GroupCrash, groupSteps } from './group-crash.ts';

function positionsText(positions: GroupCrash['left']): string {
  const rows = Object.entries(positions).map(([name, amount]) => `${name} ${amount}`);
  return rows.sort().join(', ') || 'flat';
}

function pageText(crashes: readonly GroupCrash[], seed: string): string {
  const passed = crashes.filter(({ ok }) => ok).length;
  return pageOf([
    '# A group whose daemon is killed at every step',
    `**${passed} of ${groupSteps.length} steps contained.**`,
    provenanceTable(provenanceOf('npm run prove -- group-crash', seed)),
    'The shipped daemon against the simulated venue, both real processes; SIGKILL inside the operation. The next life has no strategies, so only the group executor mends what is left. Contained: the venue holds the whole pair or nothing, the ledger holds the same, every group is over, nothing was sent twice. The time counts from the new start: process, ledger, connection, reconciliation and containment.',
    table(
      [
        'killed at',
        'group in the ledger',
        'left at the venue',
        'ended',
        'held at the end',
        'contained after',
        'result',
      ],
      crashes.map((crash) => [
        crash.step,
        crash.diedIn,
        positionsText(crash.left),
        crash.endedIn,
        positionsText(crash.held),
        `${crash.containedMs} ms`,
        crash.ok ? 'ok' : '**FAIL**',
      ]),
    ),
  ]);
}

/** True when every step was contained. Rejects at a step that left something behind. */
export async function proveGroupCrash(seed: string, write: boolean): Promise<boolean> {
  const crashes: GroupCrash[] = [];
  for (const step of groupSteps) {
    const crash = await crashGroup(step, seed);
    crashes.push(crash);
    const { ok, diedIn, endedIn, containedMs } = crash;
    console.error(
      `${ok ? 'ok  ' : 'FAIL'}  ${step.name}: ${diedIn} → ${endedIn}, ${containedMs} ms`,
    );
  }
  if (write) {
    const directory = join(packageRoot, 'evidence/phase2');
    mkdirSync(directory, { recursive: true });
    const record = { ...provenanceOf('npm run prove -- group-crash', seed), crashes };
    writeFileSync(join(directory, 'group_crash.json'), `${JSON.stringify(record, null, 2)}\n`);
    writeFileSync(join(directory, 'group_crash.md'), pageText(crashes, seed));
  }
  return crashes.every(({ ok }) => ok);
}

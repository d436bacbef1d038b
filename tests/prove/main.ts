/**
 * The long proofs that write `evidence/`: `npm run prove [-- part] [--kills N] [--lanes N]
 * [--seed TEXT] [--match TEXT] [--samples N] [--seconds N] [--seeds N] [--no-write]`. Without a part all of them run. Ends with 1 when a check failed.
 */
import { parseArgs } from 'node:util';
import { provePhase1 } from './phase1.ts';
import { proveGroupCrash } from './phase2/group-crash-report.ts';
import { proveLatencies } from './phase2/latency-report.ts';
import { provePhase2 } from './phase2/prove.ts';
import { proveRestartLoop } from './restart-loop/prove.ts';
import { proveSeeds } from './seeds.ts';
import { proveStress } from './stress/prove.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '1000' },
    lanes: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    match: { type: 'string' },
    samples: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '600' },
    seeds: { type: 'string', default: '20000' },
    'no-write': { type: 'boolean', default: false },
  },
});

const parts: Readonly<Record<string, () => Promise<boolean>>> = {
  'restart-loop': () =>
    proveRestartLoop({
      kills: Number(flags.kills),
      lanes: Number(flags.lanes),
      seed: flags.seed,
      write: !flags['no-write'],
    }),
  phase1: provePhase1,
  phase2: () => provePhase2({ seed: flags.seed, match: flags.match, write: !flags['no-write'] }),
  'group-crash': () => proveGroupCrash(flags.seed, !flags['no-write']),
  stress: () =>
    proveStress({
      seconds: Number(flags.seconds),
      seed: flags.seed,
      write: !flags['no-write'],
    }),
  seeds: () => proveSeeds(Number(flags.seeds), !flags['no-write']),
  latencies: () => {
    const samples = Number(flags.samples);
    const plan = {
      kills: samples,
      breaches: Math.ceil(samples / 2),
      groups: Math.ceil(samples / 2),
    };
    return proveLatencies(plan, !flags['no-write']);
  },
};

const wanted = positionals.length > 0 ? positionals : Object.keys(parts);
for (const name of wanted) {
  const part = parts[name];
  if (part === undefined) {
    console.error(`no proof ${name}; there are: ${Object.keys(parts).join(', ')}`);
    process.exitCode = 2;
  } else if (!(await part())) process.exitCode = 1;
}

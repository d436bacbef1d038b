/** What the mutants showed: the score of each area, and every survivor with its reason. */
import {
  type Check,
  checksTable,
  type Provenance,
  pageOf,
  provenanceTable,
  table,
  verdict,
} from '../prove/page.ts';
import type { Mutant } from './mutants.ts';
import type { Notice } from './sandbox.ts';
import { knownSurvivors } from './survivors.ts';

export interface Outcome extends Notice {
  readonly area: string;
  readonly mutant: Mutant;
}

/** Killed share an area must reach. */
export const scoreMin = 0.85;
const percent = 100;

export function reasonOf({ file, on, original, replacement }: Mutant): string | undefined {
  return knownSurvivors.find(
    (known) =>
      known.file === file &&
      known.on === on &&
      known.original === original &&
      known.replacement === replacement,
  )?.reason;
}

/** Standard normal quantile of a two-sided 95 % interval. */
const quantile = 1.96;

/** Wilson's interval of a share seen in `tried` of `possible`; all tried leaves nothing open. */
export function intervalOf(killed: number, tried: number, possible: number): [number, number] {
  const share = killed / tried;
  if (tried >= possible) return [share, share];
  const square = quantile ** 2 / tried;
  const middle = (share + square / 2) / (1 + square);
  const half = (quantile / (1 + square)) * Math.sqrt((share * (1 - share) + square / 4) / tried);
  return [middle - half, middle + half];
}

/** An area passes by what was tried of it; beside it stands what the sample leaves open. */
export function checksOf(
  outcomes: readonly Outcome[],
  possible: ReadonlyMap<string, number>,
): Check[] {
  return [...possible].map(([area, all]) => {
    const own = outcomes.filter((outcome) => outcome.area === area);
    const killed = own.filter(({ noticedBy }) => noticedBy !== undefined).length;
    const [low, high] = intervalOf(killed, own.length, all).map((end) => end * percent) as [
      number,
      number,
    ];
    const range = own.length < all ? `, 95 % interval ${low.toFixed(1)}–${high.toFixed(1)} %` : '';
    return {
      name: area,
      expected: `≥ ${scoreMin * percent} % of mutants noticed`,
      observed: `${((killed / own.length) * percent).toFixed(1)} % (${killed} of ${own.length} tried, ${all} possible)${range}`,
      ok: killed / own.length >= scoreMin,
    };
  });
}

const shownCharactersMax = 60;

function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('`', "'");
  return `\`${line.length > shownCharactersMax ? `${line.slice(0, shownCharactersMax)}…` : line}\``;
}

export function renderMutation(
  outcomes: readonly Outcome[],
  possible: ReadonlyMap<string, number>,
  provenance: Provenance,
): string {
  const survivors = outcomes.filter(({ noticedBy }) => noticedBy === undefined);
  const checks = checksOf(outcomes, possible);
  const all = [...possible.values()].reduce((sum, count) => sum + count, 0);
  const hung = outcomes.filter((outcome) => outcome.hung).length;
  const unreached = survivors.filter(({ reachedBy }) => reachedBy === 0).length;
  return pageOf([
    '# Mutation testing',
    `Result: ${verdict(checks)}`,
    provenanceTable(provenance),
    `One small wrong at a time is put into gates, quantisation, lifecycle and ledger; the unit and conformance tests of execution must notice. ${outcomes.length} of ${all} possible mutants were tried${outcomes.length < all ? ', drawn by the seed from each area' : ': nothing is estimated'}. Only tests that run a mutant's place are asked, as coverage of the house as it is tells. Tests that run whole daemons or read all sources are too dear to be asked about each and are left out. Before the first mutant each test passed alone, after the last all passed in one process in either order, on the house as it is. ${hung} of the noticed made a test hang; ${unreached} of the survivors stand where no test comes. A survivor that nothing can notice still counts as one.`,
    checksTable(checks),
    '## Survivors',
    survivors.length === 0
      ? 'None.'
      : table(
          ['where', 'what', 'original', 'replaced by', 'reason'],
          survivors.map(({ mutant }) => [
            `${mutant.file}:${mutant.line}`,
            mutant.kind,
            code(mutant.original),
            code(mutant.replacement),
            reasonOf(mutant) ?? 'a test was missing when this was recorded',
          ]),
        ),
  ]);
}

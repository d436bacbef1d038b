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
import { knownSurvivors } from './survivors.ts';

export interface Outcome {
  readonly area: string;
  readonly mutant: Mutant;
  /** Undefined: it survived. */
  readonly noticedBy: string | undefined;
}

/** Killed share an area must reach. */
export const scoreMin = 0.85;
const percent = 100;

export function reasonOf({ file, original, replacement }: Mutant): string | undefined {
  return knownSurvivors.find(
    (known) =>
      known.file === file && known.original === original && known.replacement === replacement,
  )?.reason;
}

function scoreOf(outcomes: readonly Outcome[]): number {
  const killed = outcomes.filter(({ noticedBy }) => noticedBy !== undefined).length;
  return outcomes.length === 0 ? 0 : killed / outcomes.length;
}

export function checksOf(outcomes: readonly Outcome[]): Check[] {
  const areas = [...new Set(outcomes.map(({ area }) => area))];
  return areas.map((area) => {
    const own = outcomes.filter((outcome) => outcome.area === area);
    const score = scoreOf(own);
    const killed = own.filter(({ noticedBy }) => noticedBy !== undefined).length;
    return {
      name: area,
      expected: `≥ ${scoreMin * percent} % of mutants noticed`,
      observed: `${(score * percent).toFixed(1)} % (${killed} of ${own.length})`,
      ok: score >= scoreMin,
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
  possible: number,
  provenance: Provenance,
): string {
  const survivors = outcomes.filter(({ noticedBy }) => noticedBy === undefined);
  const checks = checksOf(outcomes);
  return pageOf([
    '# Mutation testing',
    `Result: ${verdict(checks)}`,
    provenanceTable(provenance),
    `One small wrong at a time is put into gates, quantisation, lifecycle and ledger; the unit and conformance tests of execution must notice. ${outcomes.length} of ${possible} possible mutants were tried, drawn by the seed from each area.`,
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
            reasonOf(mutant) ?? 'a test is missing',
          ]),
        ),
  ]);
}

/**
 * One filled and one refused intent of a real run, followed through everything that speaks of them:
 * metric exemplar, `holdfast explain`, log lines, journal facts, ClickHouse rows. The way begins at
 * the number that moved, as an operator's would.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvidenceDatabase } from '../../actors/evidence/store/index.ts';
import type { Explanation } from '../../daemon/explain/chain.ts';
import { embeddedConfig, reading, ready, until, withStore } from '../fixtures/store/engine.ts';
import { ask } from '../fixtures/system/ask.ts';
import { factsOf } from '../fixtures/system/journal-facts.ts';
import { type RunningSystem, withSystem } from '../fixtures/system/running-system.ts';

/** What every place must agree on. */
export interface Ids {
  readonly intent_id: string;
  readonly run_id: string;
  readonly trace_id: string;
}

export interface Traced {
  readonly outcome: 'filled' | 'refused';
  readonly metric: string;
  readonly exemplar: Ids;
  readonly explanation: Explanation;
  readonly logs: ReadonlyArray<Ids & { readonly event: string }>;
  readonly facts: ReadonlyArray<Ids & { readonly event_type: string }>;
  readonly rows: ReadonlyArray<Ids & { readonly table: string; readonly count: number }>;
}

const metrics = { filled: 'holdfast_fills_total', refused: 'holdfast_gate_rejects_total' } as const;

/** Tables that hold a row of an intent, by outcome. */
const tables = {
  filled: ['intents', 'order_transitions', 'truth_capsules', 'fills', 'attributions'],
  refused: ['no_trade_traces'],
} as const;

const exemplarForm =
  /^(?<metric>\w+)\{[^}]*\} \d+ # \{intent_id="(?<intent>\w+)",run_id="(?<run>[\w-]+)",trace_id="(?<trace>\w+)"\} 1$/gm;

function exemplarsOf(text: string): Map<string, Ids> {
  const found = new Map<string, Ids>();
  for (const { groups } of text.matchAll(exemplarForm)) {
    const { metric = '', intent = '', run = '', trace = '' } = groups ?? {};
    found.set(metric, { intent_id: intent, run_id: run, trace_id: trace });
  }
  return found;
}

interface Started {
  readonly outcome: Traced['outcome'];
  readonly metric: string;
  readonly exemplar: Ids;
  readonly explanation: Explanation;
}

async function fromTheNumber(system: RunningSystem): Promise<Started[]> {
  const accept = 'application/openmetrics-text;version=1.0.0';
  let exemplars = new Map<string, Ids>();
  await until('a fill and a refusal with exemplars', async () => {
    const { text } = await ask(`${system.statusUrl}/metrics`, { headers: { accept } });
    exemplars = exemplarsOf(text);
    return Object.values(metrics).every((metric) => exemplars.has(metric));
  });
  const started: Started[] = [];
  for (const outcome of ['filled', 'refused'] as const) {
    const metric = metrics[outcome];
    const exemplar = exemplars.get(metric) as Ids;
    // Beside the running daemon: attributions follow their fill within moments.
    const explained = await system.command(['explain', exemplar.intent_id, '--json']);
    if (explained.exitCode !== 0) throw new Error(explained.err);
    started.push({
      outcome,
      metric,
      exemplar,
      explanation: JSON.parse(explained.out) as Explanation,
    });
  }
  return started;
}

function logLines(dataDirectory: string, intentId: string): Array<Ids & { event: string }> {
  const lines = readFileSync(join(dataDirectory, 'daemon.log'), 'utf8').split('\n');
  return lines
    .filter((line) => line.includes(intentId))
    .map((line) => JSON.parse(line) as Ids & { event: string })
    .map(({ event, intent_id, run_id, trace_id }) => ({ event, intent_id, run_id, trace_id }));
}

function journalFacts(dataDirectory: string, intentId: string) {
  const facts = [...factsOf(dataDirectory, 'ledger'), ...factsOf(dataDirectory, 'audit')];
  return facts
    .filter(({ payload }) => payload.intent_id === intentId)
    .map(({ event_type, pins, trace_id }) => ({
      event_type,
      intent_id: intentId,
      run_id: pins.run_id,
      trace_id,
    }));
}

async function rowsOf(database: EvidenceDatabase, outcome: Traced['outcome'], intentId: string) {
  const rows: Array<Ids & { table: string; count: number }> = [];
  for (const table of tables[outcome]) {
    const found = await database.rows<{ run_id: string; trace_id: string; count: number }>(
      `SELECT run_id, trace_id, toUInt32(count()) AS count FROM ${table} FINAL
       WHERE intent_id = {intent:String} GROUP BY run_id, trace_id`,
      { intent: intentId },
    );
    for (const row of found) rows.push({ table, intent_id: intentId, ...row });
  }
  return rows;
}

/** Runs the system, takes both samples, ships the journal into a store, and reads it back. */
export async function traceSamples(): Promise<readonly Traced[]> {
  const samples: Traced[] = [];
  await withSystem({}, async (system) => {
    await system.untilActive();
    const started = await fromTheNumber(system);
    await system.stop();
    const journal = { directory: join(system.dataDirectory, 'journal'), sourceId: 'traceability' };
    const config = embeddedConfig(system.directory, { journal });
    await withStore(config, async (store) => {
      await ready(store);
      await until('the journal to be shipped', () => {
        const streams = store.view.health?.streams ?? [];
        return streams.length > 0 && streams.every(({ lagRecords }) => lagRecords === 0);
      });
      for (const each of started) {
        const intentId = each.explanation.id;
        const rows = await reading(store, (database) => rowsOf(database, each.outcome, intentId));
        const logs = logLines(system.dataDirectory, intentId);
        samples.push({ ...each, logs, facts: journalFacts(system.dataDirectory, intentId), rows });
      }
    });
  });
  return samples;
}

/** What disagrees, or is missing; empty when every place carries the same ids. */
export function disagreements({
  outcome,
  exemplar,
  explanation,
  logs,
  facts,
  rows,
}: Traced): string[] {
  const [chain] = explanation.intents;
  const ids = { intent_id: explanation.id, run_id: exemplar.run_id, trace_id: exemplar.trace_id };
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(what);
  };
  const same = (found: Ids): boolean =>
    found.intent_id === ids.intent_id &&
    found.run_id === ids.run_id &&
    found.trace_id === ids.trace_id;
  expect(explanation.id.startsWith(exemplar.intent_id), 'explain shows another intent');
  expect(explanation.trace_ids.join() === ids.trace_id, 'explain shows another trace');
  expect(explanation.run_ids.join() === ids.run_id, 'explain shows another run');
  expect(chain?.outcome === outcome, `explain says ${chain?.outcome}`);
  for (const [where, found] of Object.entries({ logs, facts, rows })) {
    expect(found.length > 0, `nothing in ${where}`);
    for (const each of found) expect(same(each), `${where}: ${JSON.stringify(each)}`);
  }
  for (const table of tables[outcome]) {
    expect(
      rows.some((row) => row.table === table),
      `no row in ${table}`,
    );
  }
  return wrong;
}

/**
 * `holdfast adopt`: an operator takes over what the venue shows and no intent stands behind. Without
 * names it lists what there is, each with the words that name it.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { StatusV1 } from '../http/status-schema.ts';
import { type DaemonOptions, readStatus } from './client.ts';
import { sendCommand } from './command.ts';
import type { Finish } from './command-groups.ts';
import { at, dataOption, urlOption } from './place-options.ts';
import { type CommandEnvironment, printJson, renderTable } from './terminal.ts';

type Reconciliation = StatusV1['reconciliation'];
type Adoptable = Reconciliation['adoptable'][number];

/** The option that names it. */
function optionOf({ kind, instrument, id, amount }: Adoptable): string {
  return kind === 'position'
    ? `--position ${instrument}=${amount}`
    : `--${kind} ${instrument}/${id}`;
}

/** What could be adopted, and how; undefined: nothing. */
export function renderAdoptable(reconciliation: Reconciliation): string | undefined {
  const { account, adoptable, adoptable_count } = reconciliation;
  if (adoptable_count === 0) return undefined;
  const rows = adoptable.map((one) => [
    optionOf(one),
    one.amount,
    one.ledger_amount === null ? (one.price ?? '') : `ledger ${one.ledger_amount}`,
    one.at_utc?.slice(0, 19) ?? '',
  ]);
  const left = adoptable_count - adoptable.length;
  return [
    `${adoptable_count} at the venue without an intent of ours: trading stays restricted until an owner`,
    `adopts each, or it is gone. \`holdfast adopt --account ${account} --reason <text>\` with:`,
    renderTable(['name', 'amount', 'price', 'at (UTC)'], rows),
    ...(left > 0 ? [`and ${left} more, shown when these are adopted`] : []),
  ].join('\n');
}

/** Beside another answer: what was there to adopt when it was last looked at. Never fails it. */
export async function noteAdoptable(
  environment: CommandEnvironment,
  options: DaemonOptions,
): Promise<void> {
  if (environment.json) return;
  const text = await readStatus(environment, options).then(
    ({ reconciliation }) => renderAdoptable(reconciliation),
    () => undefined,
  );
  if (text !== undefined) environment.terminal.out(text);
}

async function listAdoptable(
  environment: CommandEnvironment,
  options: DaemonOptions,
): Promise<number> {
  const { reconciliation } = await readStatus(environment, options);
  if (environment.json) printJson(environment.terminal, reconciliation);
  else environment.terminal.out(renderAdoptable(reconciliation) ?? 'nothing to adopt');
  return 0;
}

interface AdoptOptions {
  readonly account?: string;
  readonly reason?: string;
  readonly trade: readonly string[];
  readonly order: readonly string[];
  readonly position: readonly string[];
  readonly url?: string;
  readonly data: string;
}

/** `left<mark>right`, split at the last mark; collected over repeated options. */
function pairs(mark: string, expected: string): (text: string, before: string[]) => string[] {
  return (text, before) => {
    const cut = text.lastIndexOf(mark);
    if (cut > 0 && cut < text.length - 1) return [...before, text];
    throw new InvalidArgumentError(`${expected} is expected.`);
  };
}

function split(text: string, mark: string): [left: string, right: string] {
  const cut = text.lastIndexOf(mark);
  return [text.slice(0, cut), text.slice(cut + 1)];
}

async function adoptCommand(
  environment: CommandEnvironment,
  { account, reason, trade, order, position, ...place }: AdoptOptions,
): Promise<number> {
  if (trade.length + order.length + position.length === 0)
    return listAdoptable(environment, at(place));
  if (account === undefined || reason === undefined)
    throw new HoldfastError('USAGE', 'an adoption needs --account and --reason');
  const trades = trade.map((text) => split(text, '/'));
  const orders = order.map((text) => split(text, '/'));
  const positions = position.map((text) => split(text, '='));
  const body = {
    account,
    reason,
    trades: trades.map(([instrument, trade_id]) => ({ instrument, trade_id })),
    orders: orders.map(([instrument, order_id]) => ({ instrument, order_id })),
    positions: positions.map(([instrument, amount]) => ({ instrument, amount })),
  };
  return sendCommand(environment, '/api/v1/control/reconcile/adopt', body, at(place));
}

export function addAdopting(
  program: Command,
  environment: CommandEnvironment,
  finish: Finish,
): void {
  const venueId = pairs('/', 'An instrument and an id, `BTC-PERPETUAL/12345`,');
  const held = pairs('=', 'An instrument and a signed amount, `BTC-PERPETUAL=-10`,');
  program
    .command('adopt')
    .description(
      'take over trades, orders or positions that the venue shows without an intent of ours; lists them without names',
    )
    .option('--account <name>', 'the account at the venue, as the list names it')
    .option('--reason <text>', 'why they are there, for the record')
    .option('--trade <instrument/id>', 'a trade of the venue; repeat for more', venueId, [])
    .option('--order <instrument/id>', 'an open order of the venue; repeat for more', venueId, [])
    .option('--position <instrument=amount>', 'what the venue holds; repeat for more', held, [])
    .addOption(urlOption())
    .addOption(dataOption())
    .action((options: AdoptOptions) => finish(adoptCommand(environment, options)));
}

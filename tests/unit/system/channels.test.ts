/** Which channels are wanted: what strategies select and people watch, ours always and first. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wantedChannels, wantedInstruments } from '../../../daemon/system/channels.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { shippedConfig } from '../../fixtures/system/configs.ts';
import { marketOf } from '../../fixtures/system/markets.ts';

const channels = suite('channels');
const config = shippedConfig();
const { profile } = config;
const market = marketOf(
  ...[
    perpetualInstrument(),
    perpetualInstrument({ name: 'ETH-PERPETUAL' }),
    optionInstrument(),
    optionInstrument({ name: 'ETH-25DEC26-3000-C' }),
  ].map((instrument) => ({ instrument })),
);

function wanted(watch: string[], strategies: typeof profile.policy.strategies = []): string[] {
  const policy = { ...profile.policy, watch, strategies };
  return wantedInstruments({ ...config, profile: { ...profile, policy } }, market);
}

channels('a watched name is that name, a star is every name that begins so', () => {
  assert.equal(wanted([]), []);
  assert.equal(wanted(['BTC-PERPETUAL']), ['BTC-PERPETUAL']);
  assert.equal(wanted(['BTC-*']), ['BTC-25DEC26-76000-C', 'BTC-PERPETUAL']);
  assert.equal(wanted(['BTC-PERPETUAL*', 'BTC-*', 'BTC-PERPETUAL']), [
    'BTC-25DEC26-76000-C',
    'BTC-PERPETUAL',
  ]);
  assert.equal(wanted(['*']).length, 4);
  assert.equal(wanted(['PERPETUAL', 'btc-*', 'SOL-PERPETUAL']), []);
});

channels('a strategy is subscribed to what it selects, unless it is switched off', () => {
  const crosser = profile.policy.strategies.filter(({ kind }) => kind === 'perpetual-crosser');
  assert.is(crosser.length, 1);
  assert.ok(wanted([], crosser).includes('BTC-PERPETUAL'));
  assert.equal(
    wanted(
      [],
      crosser.map((row) => ({ ...row, enabled: false })),
    ),
    [],
  );
});

channels('our orders and fills come first, then book, trades and ticker of each instrument', () => {
  const policy = { ...profile.policy, watch: ['BTC-PERPETUAL'], strategies: [] };
  const { channels: all, underlyings } = wantedChannels(
    { ...config, profile: { ...profile, policy } },
    market,
  );
  assert.equal(underlyings, ['BTC']);
  assert.equal(all, [
    'user.orders.any.any.raw',
    'user.trades.any.any.raw',
    'user.portfolio.any',
    'platform_state',
    'announcements',
    'instrument.state.any.any',
    'deribit_volatility_index.btc_usd',
    'book.BTC-PERPETUAL.raw',
    'trades.BTC-PERPETUAL.raw',
    'ticker.BTC-PERPETUAL.raw',
  ]);
});

channels.run();

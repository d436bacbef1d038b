/** docs/venue.md says what the venue has: its generated sections are those of the code. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { channelHelp, parseChannel } from '../../../daemon/venue/channel-name.ts';
import { simBench } from '../../fixtures/venue-sim/engines.ts';
import { manualSections, replaceSection } from '../../fixtures/venue-sim/manual.ts';
import { numberedPoints, protocolFacts } from '../../fixtures/venue-sim/protocol-facts.ts';

const manual = suite('venue manual');

manual('its tables of methods, channels and faults are up to date', () => {
  const document = readFileSync('docs/venue.md', 'utf8');
  for (const [name, text] of manualSections())
    assert.is(
      replaceSection(document, name, text),
      document,
      `${name} is out of date: node dist/tests/fixtures/venue-sim/write-manual-process.js`,
    );
});

manual('every channel it names can be subscribed', () => {
  const { engine } = simBench();
  engine.run(1, () => {
    engine.setIndex('btc_usd', 80_000);
    engine.setVolatility('btc_usd', 40);
  });
  const values: Readonly<Record<string, string>> = {
    instrument: 'BTC-PERPETUAL',
    kind: 'any',
    currency: 'btc',
    interval: 'raw',
    'slow interval': '100ms',
    group: 'none',
    depth: '10',
    resolution: '60',
    index: 'btc_usd',
  };
  for (const [name] of channelHelp) {
    const concrete = name.replace(/\{([^}]+)\}/g, (_, key: string) => values[key] ?? '?');
    assert.ok(parseChannel(engine, concrete) !== undefined, concrete);
  }
});

manual(
  'every fact of the protocol names a test that exists, and no numbered point is missing',
  () => {
    const points = new Set(protocolFacts.map(({ point }) => point));
    for (let point = 1; point <= numberedPoints; point += 1)
      assert.ok(points.has(point), `${point}`);
    for (const { fact, file, title } of protocolFacts) {
      const source = readFileSync(`tests/${file}.test.ts`, 'utf8');
      // The title must open a test, not merely stand somewhere.
      const opened = [...source.matchAll(/^\w+\(\s*'([^'\n]+)',/gm)].map(([, name]) => name);
      assert.ok(opened.includes(title), `${fact}: ${file} has no test "${title}"`);
    }
    const facts = protocolFacts.map(({ fact }) => fact);
    assert.is(new Set(facts).size, facts.length, 'a fact stands twice');
  },
);

manual.run();

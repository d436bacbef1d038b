/**
 * Clause C-201: one module can reach a venue with an order. Proved over the syntax tree and import
 * graph of the whole source, shown to fail on planted offenders, and proved again at run time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CapabilityOffice,
  type DispatchCapability,
} from '../../../streams/venues/deribit/index.ts';
import { DeribitTradingClient } from '../../../streams/venues/deribit/trading-client.ts';
import { note } from '../../fixtures/evidence.ts';
import { HandLine, HandMarket, withRoom } from '../../fixtures/execution-room.ts';

const chokepoint = suite('conformance: chokepoint');

const root = process.cwd();
const floors = ['daemon', 'actors', 'machines', 'streams'];
const home = 'actors/execution/chokepoint.ts';
const clientModule = 'streams/venues/deribit/trading-client.ts';
/** The venue client's own module, and the one that may use it. */
const mayNameClient = new Set([home, clientModule]);
const room = 'actors/execution/';
const orderMethods = ['private/buy', 'private/sell', 'private/edit', 'private/cancel'];

interface Source {
  readonly path: string;
  readonly text: string;
}

function sources(): Source[] {
  return floors.flatMap((floor) =>
    readdirSync(join(root, floor), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({
        path: join(floor, name),
        text: readFileSync(join(root, floor, name), 'utf8'),
      })),
  );
}

function targetOf(source: Source, specifier: string): string {
  return specifier.startsWith('.')
    ? relative(root, resolve(root, dirname(source.path), specifier))
    : specifier;
}

/** Every way a module could get past the chokepoint; empty for an honest one. */
function offences(source: Source): string[] {
  const found: string[] = [];
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ESNext, true);
  const venueRoom = source.path.startsWith('streams/venues/');
  const visit = (node: ts.Node): void => {
    const moduleText =
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
        ? node.moduleSpecifier.text
        : ts.isCallExpression(node) &&
            node.expression.kind === ts.SyntaxKind.ImportKeyword &&
            node.arguments[0] !== undefined &&
            ts.isStringLiteral(node.arguments[0])
          ? node.arguments[0].text
          : undefined;
    if (moduleText !== undefined) {
      const target = targetOf(source, moduleText);
      if (target === clientModule && !mayNameClient.has(source.path)) {
        found.push('imports the trading client');
      }
      if (target === home && !source.path.startsWith(room)) {
        found.push('imports the chokepoint');
      }
    }
    if (ts.isIdentifier(node) && node.text === 'DeribitTradingClient') {
      if (!mayNameClient.has(source.path)) found.push('names the trading client');
    }
    if (ts.isPropertyAccessExpression(node)) {
      const { text } = node.name;
      if (text === 'claim' && source.path !== home && !source.path.endsWith('/capability.ts')) {
        found.push('claims the dispatch capability');
      }
      if (text === 'orderLine' && source.path !== clientModule) found.push('takes the order line');
    }
    if (ts.isStringLiteralLike(node) && orderMethods.includes(node.text) && !venueRoom) {
      if (!source.path.startsWith('daemon/venue/')) found.push(`names ${node.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

chokepoint('C-201 no module but the chokepoint can build or call a trading client', () => {
  const all = sources();
  assert.ok(all.length > 100, `only ${all.length} modules were looked at`);
  assert.ok(all.some(({ path }) => path === home));
  const offenders = all.flatMap((source) =>
    offences(source).map((offence) => `${source.path} ${offence}`),
  );
  assert.equal(offenders, []);
  note('chokepoint_proof', { what: 'modules looked at', count: all.length, offenders });
});

const planted: Array<[what: string, path: string, text: string]> = [
  [
    'an import',
    'actors/strategy/rogue.ts',
    "import { DeribitTradingClient } from '../../streams/venues/deribit/trading-client.ts';",
  ],
  [
    'a namespace import',
    'actors/guard/rogue.ts',
    "import * as venue from '../../streams/venues/deribit/trading-client.ts';",
  ],
  [
    'a dynamic import',
    'daemon/rogue.ts',
    "const venue = await import('../streams/venues/deribit/trading-client.ts');",
  ],
  ['a re-export', 'streams/venues/deribit/index.ts', "export * from './trading-client.ts';"],
  ['a second claim', 'daemon/rogue.ts', 'const token = office.claim();'],
  ['the order line', 'actors/venue/rogue.ts', 'session.orderLine(token).order("x", "{}", 1);'],
  [
    'the chokepoint from another room',
    'actors/reconciliation/rogue.ts',
    "import { openChokepoint } from '../execution/chokepoint.ts';",
  ],
  ['a raw order method', 'actors/venue/rogue.ts', "line.request('private/buy', {}, 1000);"],
];
for (const [what, path, text] of planted) {
  chokepoint(`C-201 ${what} in ${path} is found`, () => {
    const found = offences({ path, text });
    assert.ok(found.length > 0);
    note('chokepoint_proof', { what: `planted: ${what}`, path, found });
  });
}

chokepoint('C-201 a client without the genuine capability throws', () => {
  const line = new HandLine(new HandMarket());
  for (const forged of [{}, Object.freeze({}), null, undefined]) {
    assert.throws(
      () => new DeribitTradingClient(forged as unknown as DispatchCapability, line.session),
      (error: { code?: string }) => error.code === 'VENUE_METHOD_FORBIDDEN',
    );
  }
});

chokepoint('C-201 the capability is granted once', () => {
  const office = new CapabilityOffice();
  office.claim();
  assert.throws(
    () => office.claim(),
    (error: { code?: string }) => error.code === 'VENUE_METHOD_FORBIDDEN',
  );
});

chokepoint('C-201 once the room is open nobody else gets the capability', async () => {
  const office = new CapabilityOffice();
  await withRoom(
    () => {
      assert.throws(
        () => office.claim(),
        (error: { code?: string }) => error.code === 'VENUE_METHOD_FORBIDDEN',
      );
    },
    { options: { office } },
  );
});

chokepoint.run();

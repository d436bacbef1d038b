/**
 * Small wrongs a programmer could have written: found in the syntax tree of a source file, one
 * replacement of text each. What only people read (messages, logs, types, imports) is left alone.
 */
import ts from 'typescript';
import { mutateCells } from './cells.ts';

export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** The source line, without its indentation. */
  readonly on: string;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
}

const operators: Readonly<Partial<Record<ts.SyntaxKind, readonly string[]>>> = {
  [ts.SyntaxKind.LessThanToken]: ['<=', '>='],
  [ts.SyntaxKind.LessThanEqualsToken]: ['<', '>'],
  [ts.SyntaxKind.GreaterThanToken]: ['>=', '<='],
  [ts.SyntaxKind.GreaterThanEqualsToken]: ['>', '<'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: ['!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: ['==='],
  [ts.SyntaxKind.AmpersandAmpersandToken]: ['||'],
  [ts.SyntaxKind.BarBarToken]: ['&&'],
  [ts.SyntaxKind.PlusToken]: ['-'],
  [ts.SyntaxKind.MinusToken]: ['+'],
  [ts.SyntaxKind.AsteriskToken]: ['/'],
  [ts.SyntaxKind.SlashToken]: ['*'],
  [ts.SyntaxKind.PlusEqualsToken]: ['-='],
  [ts.SyntaxKind.MinusEqualsToken]: ['+='],
};

/** Methods with a counterpart that answers something else. */
const methods: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  trunc: 'ceil',
};

type Add = (node: ts.Node, kind: string, replacement: string) => void;

const logCall = /(^|\.)log\.(debug|info|warn|error)$/;

/** What is read by people, or is no code at run time. */
function isSilent(node: ts.Node): boolean {
  return (
    (ts.isExpressionStatement(node) &&
      ts.isCallExpression(node.expression) &&
      logCall.test(node.expression.expression.getText())) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isThrowStatement(node)
  );
}

function mutateStatement(node: ts.Node, source: ts.SourceFile, add: Add): void {
  if (ts.isIfStatement(node)) {
    add(node.expression, 'condition', `!(${node.expression.getText(source)})`);
  } else if (ts.isExpressionStatement(node) && !ts.isYieldExpression(node.expression)) {
    add(node, 'statement removed', ';');
  } else if (ts.isReturnStatement(node) && node.expression === undefined) {
    add(node, 'return removed', ';');
  }
}

function mutateExpression(node: ts.Node, source: ts.SourceFile, add: Add): void {
  if (ts.isBinaryExpression(node)) {
    for (const replacement of operators[node.operatorToken.kind] ?? []) {
      add(node.operatorToken, 'operator', replacement);
    }
  } else if (ts.isConditionalExpression(node)) {
    const [yes, no] = [node.whenTrue.getText(source), node.whenFalse.getText(source)];
    add(node, 'branches', `${node.condition.getText(source)} ? ${no} : ${yes}`);
  } else if (ts.isPrefixUnaryExpression(node)) {
    const isSign = node.operator === ts.SyntaxKind.MinusToken;
    if (isSign || node.operator === ts.SyntaxKind.ExclamationToken) {
      add(node, 'sign', node.operand.getText(source));
    }
  } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const other = methods[node.expression.name.text];
    if (other !== undefined) add(node.expression.name, 'method', other);
  } else if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'literal', 'false');
  else if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'literal', 'true');
  else if (ts.isNumericLiteral(node)) add(node, 'number', `(${node.text} + 1)`);
}

/** Every mutant of a file, in the order of the text. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const found: Mutant[] = [];
  const add: Add = (node, kind, replacement) => {
    const start = node.getStart(source);
    const line = source.getLineAndCharacterOfPosition(start).line;
    const on = (lines[line] ?? '').trim();
    const original = node.getText(source);
    found.push({
      file,
      line: line + 1,
      on,
      kind,
      start,
      end: node.getEnd(),
      original,
      replacement,
    });
  };
  const visit = (node: ts.Node): void => {
    if (isSilent(node)) return;
    mutateStatement(node, source, add);
    mutateExpression(node, source, add);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  if (file.startsWith('machines/')) mutateCells(source, add);
  return found.sort((a, b) => a.start - b.start);
}

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
};

/** The compiled module with the mutant in it. */
export function compiledWith(text: string, { start, end, replacement, file }: Mutant): string {
  const changed = text.slice(0, start) + replacement + text.slice(end);
  return ts.transpileModule(changed, { compilerOptions, fileName: file }).outputText;
}

/**
 * A machine is written as a table, and its wrongs are in the cells: one left out, or one that says
 * what another says.
 */
import ts from 'typescript';

type Add = (node: ts.Node, kind: string, replacement: string) => void;

/** Cells that answer the same question can be mistaken for each other. */
function questionOf({ name }: ts.PropertyAssignment): string {
  return ts.isStringLiteral(name) || name.getText() === 'target' ? 'transition' : name.getText();
}

function isWord(node: ts.Expression): boolean {
  return ts.isStringLiteral(node) || ts.isIdentifier(node);
}

/** What the cells of a file say, by question and by kind of word, each once in the text's order. */
class Words {
  readonly #found = new Map<string, string[]>();

  add(cell: ts.PropertyAssignment): void {
    const words = this.#of(cell);
    const word = cell.initializer.getText();
    if (!words.includes(word)) words.push(word);
  }

  /** The one after it, in a ring; undefined: there is no other. */
  after(cell: ts.PropertyAssignment): string | undefined {
    const words = this.#of(cell);
    const at = words.indexOf(cell.initializer.getText());
    const next = words[(at + 1) % words.length];
    return words.length > 1 ? next : undefined;
  }

  #of(cell: ts.PropertyAssignment): string[] {
    const key = `${questionOf(cell)} ${cell.initializer.kind}`;
    const words = this.#found.get(key) ?? [];
    this.#found.set(key, words);
    return words;
  }
}

function cellsOf(source: ts.SourceFile): ts.ObjectLiteralElementLike[] {
  const found: ts.ObjectLiteralElementLike[] = [];
  const visit = (node: ts.Node): void => {
    // What is said for the compiler alone is no cell.
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'types') return;
    if (ts.isPropertyAssignment(node) || ts.isSpreadAssignment(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

export function mutateCells(source: ts.SourceFile, add: Add): void {
  const cells = cellsOf(source);
  const words = new Words();
  for (const cell of cells) {
    if (ts.isPropertyAssignment(cell) && isWord(cell.initializer)) words.add(cell);
  }
  for (const cell of cells) {
    add(cell, 'cell removed', '...{}');
    if (!ts.isPropertyAssignment(cell) || !isWord(cell.initializer)) continue;
    const other = words.after(cell);
    if (other !== undefined) add(cell.initializer, 'cell', other);
  }
}

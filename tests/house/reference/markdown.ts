/** The few pieces of markdown that generated pages are made of. */

/** Cells as they are; `|` inside a cell is escaped. */
export function markdownTable(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A whole generated page: title, where it comes from, parts; ends with a newline. */
export function generatedPage(title: string, source: string, parts: readonly string[]): string {
  const note = `<!-- Generated from ${source} by \`npm run docs\`; do not edit. -->`;
  return `${[`# ${title}`, note, ...parts].join('\n\n')}\n`;
}

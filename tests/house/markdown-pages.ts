/** The project's own pages, cut into what the docs tests look at: prose, links, commands, headings. */
import { dirname, normalize } from 'node:path';
import { sourceFiles } from './sources.ts';

export interface MarkdownPage {
  readonly path: string;
  /** Without the contents of fenced blocks. */
  readonly prose: string;
  readonly fences: ReadonlyArray<{ readonly language: string; readonly text: string }>;
}

const fencePattern = /^```(\w*)\n([\s\S]*?)^```$/gm;

export function markdownPages(): MarkdownPage[] {
  return sourceFiles(/\.md$/).map(({ path, text }) => ({
    path,
    prose: text.replace(fencePattern, ''),
    fences: [...text.matchAll(fencePattern)].map((match) => ({
      language: match[1] ?? '',
      text: match[2] ?? '',
    })),
  }));
}

export interface RelativeLink {
  readonly from: string;
  /** Path from the project's root. */
  readonly to: string;
  readonly anchor: string | undefined;
}

/** Links and pictures to files of this project. */
export function relativeLinks({ path, prose }: MarkdownPage): RelativeLink[] {
  const withoutCode = prose.replace(/`[^`\n]*`/g, '');
  return [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : normalize(`${dirname(path)}/${file}`);
      return { from: path, to, anchor };
    });
}

/** Anchors as GitHub makes them from headings. */
export function anchorsOf({ prose }: MarkdownPage): Set<string> {
  return new Set(
    [...prose.matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\- ]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Command lines of `sh` blocks, `&&` taken apart, backslash lines joined. */
export function shellCommands({ fences }: MarkdownPage): string[] {
  return fences
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split(/\n|&&/))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Inline code that reads like a command of ours. */
export function inlineCommands({ prose }: MarkdownPage): string[] {
  return [
    ...prose.matchAll(/`((?:npx )?holdfast [a-z][^`\n]*|npm (?:run|test|start)[^`\n]*)`/g),
  ].map((match) => match[1] ?? '');
}

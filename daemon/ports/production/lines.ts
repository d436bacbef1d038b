/** Cuts a byte stream into lines of bounded length. */
import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is delivered in pieces: a child cannot fill our memory. */
const maxLineLength = 64 * 1024;

export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Delivers what stands behind the last newline. */
  end(): void;
}

/** Calls `onLine` for every line, without its newline. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (rest.length > maxLineLength) {
      onLine(rest.slice(0, maxLineLength));
      rest = rest.slice(maxLineLength);
    }
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end() {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}

/** Preloaded into a daemon on trial: at SIGUSR2 it takes memory until there is none left. */
const kept: unknown[] = [];
const objectsPerTurn = 200_000;

function eat(): void {
  for (let count = 0; count < objectsPerTurn; count += 1) kept.push({ count, text: `${count}` });
  setImmediate(eat);
}

process.on('SIGUSR2', eat);

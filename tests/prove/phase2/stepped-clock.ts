/**
 * Preloaded into a daemon on trial: SIGUSR2 steps its wall clock two minutes ahead, the next one
 * steps it back. The monotonic clock goes on, as it does on a machine whose time is set.
 */
const real = Date.now.bind(Date);
let stepped = false;

/** How far, ms. */
export const stepMs = 120_000;

Date.now = () => real() + (stepped ? stepMs : 0);
process.on('SIGUSR2', () => {
  stepped = !stepped;
});

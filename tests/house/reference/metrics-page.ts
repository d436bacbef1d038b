/** docs/metrics.md: every metric there can be, from the one table that declares them. */
import { metricTable } from '../../../streams/telemetry/index.ts';
import { generatedPage, markdownTable } from './markdown.ts';

export function metricsPage(): string {
  const rows = metricTable.map(({ name, kind, help, labels = [] }) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  return generatedPage('Metrics', '`streams/telemetry/metrics.ts`', [
    'Prometheus text at `/metrics` of the status port. Base units: seconds, bytes, ratios. Labels take values from closed lists, never ids. ' +
      'Series appear with their first sample; a counter that was never touched stands at 0.',
    markdownTable(['metric', 'kind', 'labels', 'measures'], rows),
  ]);
}

/** The generated pages: path → text. `npm run docs` writes them, the docs test compares them. */
import { reasonCodesPage } from '../../../streams/facts/reason-codes/docs.ts';
import { cliPage } from './cli-page.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import { factsPage } from './facts-page.ts';
import { metricsPage } from './metrics-page.ts';
import { parametersPage } from './parameters-page.ts';
import { statusApiPage } from './status-api-page.ts';

export const generatedPages: Readonly<Record<string, () => string>> = {
  'docs/cli.md': cliPage,
  'docs/configuration.md': configurationPage,
  'docs/errors.md': errorsPage,
  'docs/facts.md': factsPage,
  'docs/metrics.md': metricsPage,
  'docs/parameters.md': parametersPage,
  'docs/reason-codes.md': reasonCodesPage,
  'docs/status-api.md': statusApiPage,
};

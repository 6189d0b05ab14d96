// What docs/reporting.md shows, as a program.
// #region configure
import { configureReporting } from '@prunella/guard';

configureReporting({
  service: 'shop',
  healer: ['https://healer-1.internal:7766', 'https://healer-2.internal:7766'],
  tokenFile: '/run/secrets/prunella-reporter',
});
// #endregion

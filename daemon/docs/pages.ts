import { alertsErrors, consoleErrors } from '../../alerts/port.ts'
import { blobErrors, collectorErrors } from '../../collector/port.ts'
import { detectorCatalog, detectorsErrors } from '../../detectors/port.ts'
import {
  approvalErrors,
  contentRules,
  httpErrors,
  identityErrors,
  inquiryErrors,
  maskingErrors,
  policyErrors,
  postgresErrors,
  profileErrors,
  recordingErrors,
  s3Errors,
  sqlErrors,
} from '../../gateway/port.ts'
import { daemonErrors } from '../errors.ts'
import { configJsonSchema, configReference } from './config-reference.ts'
import { contentRulesReference } from './content-rules-reference.ts'
import { detectorsReference } from './detectors-reference.ts'
import { errorsReference } from './errors-reference.ts'

/** The pages that are made from the code, by file name under docs/. A test holds them to it. */
export const generatedPages = (): Readonly<Record<string, string>> => ({
  'config-reference.md': configReference(),
  'config.schema.json': `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  'content-rules.md': contentRulesReference(contentRules),
  'detectors.md': detectorsReference(detectorCatalog()),
  'errors.md': errorsReference({
    'Gateway: every door': inquiryErrors,
    'Gateway: http door': httpErrors,
    'Gateway: S3 door': s3Errors,
    'Gateway: profiles': profileErrors,
    'Gateway: PostgreSQL door': postgresErrors,
    'Gateway: statements of the PostgreSQL door': sqlErrors,
    'Gateway: identity': identityErrors,
    'Gateway: policy': policyErrors,
    'Gateway: approvals': approvalErrors,
    'Gateway: masking': maskingErrors,
    'Gateway: recordings': recordingErrors,
    Collector: { ...collectorErrors, ...blobErrors },
    Detectors: detectorsErrors,
    Alerts: alertsErrors,
    Console: consoleErrors,
    Daemon: daemonErrors,
  }),
})

import type { ApprovalsConfig } from './config/approvals.ts'
import type { ConnectionConfig } from './config/connection.ts'
import type { IdentityConfig } from './config/identity.ts'
import type { MaskingConfig } from './config/masking.ts'
import type { PolicyConfig } from './config/policy.ts'
import type { RecordingConfig } from './config/recording.ts'

export { type ApprovalsConfig, approvalsConfig } from './config/approvals.ts'
export { type ConnectionConfig, connectionConfig } from './config/connection.ts'
export type { ElasticsearchOptions } from './config/elasticsearch.ts'
export { type HttpConnectionConfig, httpConnection } from './config/http-connection.ts'
export { type IdentityConfig, identityConfig } from './config/identity.ts'
export { type MaskingConfig, maskingConfig } from './config/masking.ts'
export type { McpOptions } from './config/mcp.ts'
export type { OidcProviderConfig } from './config/oidc.ts'
export { type PolicyConfig, policyConfig } from './config/policy.ts'
export {
  type PostgresConnection,
  type PostgresTable,
  postgresConnection,
  postgresTable,
} from './config/postgres.ts'
export { type RecordingConfig, recordingConfig } from './config/recording.ts'
export type { RouteShape } from './config/route-shape.ts'
export type { S3ConnectionConfig } from './config/s3.ts'
export type { SamlProviderConfig } from './config/saml.ts'

/** The gateway's slice of the frozen config snapshot. */
export interface GatewayConfig {
  identity: IdentityConfig
  connections: readonly ConnectionConfig[]
  masking: MaskingConfig
  policy: PolicyConfig
  approvals: ApprovalsConfig
  recording: RecordingConfig
}

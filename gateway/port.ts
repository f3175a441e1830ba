/** The gateway's outside: identity, policy, approvals, recordings and the doors. */
export type {
  Approval,
  ApprovalRequest,
  ApprovalStatus,
  Approvals,
  ApprovalVerdict,
  Grant,
} from './approvals/approval.ts'
export { type ApprovalsDeps, createApprovals } from './approvals/approvals.ts'
export { approvalErrors } from './approvals/errors.ts'
export { eraseApprovals } from './approvals/records.ts'
export { reviewerGroups } from './approvals/reviewers.ts'
export { usualOf } from './approvals/usual.ts'
export * from './config.ts'
export type { Bait, Decoy, Decoys } from './decoys/decoy.ts'
export { decoysOf } from './decoys/decoys.ts'
export type { DoorDeps, OpenDoor } from './doors/door.ts'
export { createHttpDoor } from './doors/http/door.ts'
export type { HttpDoorDeps } from './doors/http/door-context.ts'
export { httpErrors } from './doors/http/errors.ts'
export { createHttpMetrics, type HttpMetrics } from './doors/http/metrics.ts'
export { jsonProfile, profileErrors, profileFor, profiles } from './doors/http/profiles/index.ts'
export { inquiryErrors } from './doors/inquiry/errors.ts'
export { createPostgresDoor } from './doors/postgres/door.ts'
export type { PostgresDoorDeps } from './doors/postgres/door-context.ts'
export { postgresErrors } from './doors/postgres/errors.ts'
export { inspectPostgres } from './doors/postgres/inspect.ts'
export { createPostgresMetrics, type PostgresMetrics } from './doors/postgres/metrics.ts'
export { sqlErrors } from './doors/postgres/statement/errors.ts'
export type { S3DoorDeps } from './doors/s3/door-context.ts'
export { s3Errors } from './doors/s3/errors.ts'
export { bucketMatcher } from './doors/s3/formats/shape.ts'
export { createS3Metrics, type S3Metrics } from './doors/s3/metrics.ts'
export { createUnauthenticated } from './doors/unauthenticated.ts'
export { createGateway, type Gateway, type GatewayDeps } from './gateway.ts'
export { identityErrors } from './identity/errors.ts'
export { identityEvent } from './identity/events.ts'
/**
 * `IdentityService.s3Key(accessKeyId)` gives the S3 door what SigV4 is checked with and whose key it is: `{ secret,
 * identity }`. Trust `identity` only once the signature was computed with `secret` and is equal.
 */
export {
  cookieName,
  type IdentityService,
  type NewToken,
  type S3Key,
  type TokenSummary,
} from './identity/identity.ts'
export { createIdentityMetrics, type IdentityMetrics } from './identity/metrics.ts'
export {
  type DeviceCode,
  type DeviceProvider,
  type DeviceTokens,
  deviceLogin,
  deviceLogout,
  deviceProviders,
  deviceRefresh,
} from './identity/oidc/device.ts'
export type { Identity, Person } from './identity/person.ts'
export { createIdentity, type IdentityDeps } from './identity/service.ts'
export { enter, foreign, type SignInPort, signInRoutes } from './identity/web/routes.ts'
export type { SignInProvider } from './identity/web/web-sign-in.ts'
export {
  builtinRules as contentRules,
  compileMasking,
  createMasker,
  maskText,
  maskWhole,
} from './masking/compile.ts'
export { maskingErrors } from './masking/errors.ts'
export { builtinRules } from './policy/builtin/index.ts'
export { compilePolicy } from './policy/compile.ts'
export { type MaskingCompiler, rememberMasking } from './policy/compile-masking.ts'
export { policyErrors } from './policy/errors.ts'
export type { Decision, RequestFacts, ResponseFacts } from './policy/facts.ts'
export { type FileSignature, type Hands, type Provenance, signedText } from './policy/holder/guard.ts'
export {
  createPolicyHolder,
  type PolicyHolder,
  type PolicyHolderDeps,
  type Replaced,
} from './policy/holder/holder.ts'
export { lintPolicy } from './policy/lint/lint.ts'
export type { DecisionInput, Snapshot, Windows, WindowUse } from './policy/policy.ts'
export type { Problem as PolicyProblem } from './policy/problem.ts'
export { budgetOf } from './policy/window/budget.ts'
export { createQuotas } from './policy/window/quota.ts'
export { sharedWindows } from './policy/window/shared.ts'
export { createWindows, type Released, type WarmWindows } from './policy/window/windows.ts'
export { recordingErrors } from './recording/errors.ts'
export { createRecorder, type RecorderConfig, type RecorderDeps } from './recording/recorder.ts'
export type {
  Frame,
  Recorder,
  Recording,
  RecordingSummary,
  SessionRecording,
} from './recording/recording.ts'
export { remaskUnder } from './recording/remask.ts'
export { type BodyKind as ReplayBodyKind, type Remask, type ReplayStep, replay } from './recording/replay.ts'
export { openForReview, type ReviewDeps, type ReviewInput, type ReviewView } from './recording/review.ts'
export type { Session, SessionEnd } from './sessions/sessions.ts'
export { createSessions, type Sessions, type SessionsDeps } from './sessions/tracker.ts'

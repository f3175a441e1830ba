/**
 * Phoenix's GraphQL fields, sorted by what they hold. A field that is in none of these lists is content, and what is
 * under it is content of traces: a newer server's fields are hidden until somebody has looked at them.
 */
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Leaves that are never content, whatever they are asked of: ids, times, kinds, states, counts, sums, paging. */
export const STRUCTURAL = words(`
  __typename id projectId projectSessionId traceId spanId parentId sessionId datasetExampleId experimentId
  cursor startCursor endCursor hasNextPage hasPreviousPage
  startTime endTime latencyMs timestamp createdAt updatedAt occurredAt lastUpdatedAt streamingLastUpdatedAt
  projectsLastUpdatedAt datasetsLastUpdatedAt
  statusCode propagatedStatusCode spanKind annotatorKind revisionKind kind source level
  count score meanScore scoreCount labelCount fraction numSpans numTraces numTracesWithError numDocuments
  numChildSpans documentPosition repetitionNumber errorCount okCount unsetCount totalCount recordCount traceCount
  sessionCount tokenCountTotal tokenCountPrompt tokenCountCompletion tokenCount promptTokenCount
  completionTokenCount totalTokenCount cumulativeTokenCountTotal cumulativeTokenCountPrompt
  cumulativeTokenCountCompletion cost tokens costPerToken costPerMillionTokens promptCost completionCost totalCost
  cacheRead cacheWrite audio p50 p75 p90 p95 p99 p999 max ndcg precision reciprocalRank hit averageNdcg
  averagePrecision meanReciprocalRank hitRate latencyMsQuantile spanLatencyMsQuantile traceLatencyMsQuantile
  sessionDurationMsQuantile averageSessionDurationMs averageTracesPerSession averageLatencyMs
  averageRunLatencyMs errorRate runCount
  projectCount datasetCount promptCount evaluatorCount exampleCount experimentCount sequenceNumber
  hasTraces containedInDataset isBaseline isEphemeral insufficientStorage selectsRootSpansOnly
`)

/** Leaves of settings and catalogues: names that people gave to projects, data sets, prompts and themselves. */
export const PLAIN = words(`
  name description label color names annotationType optimizationDirection lowerBound upperBound threshold
  gradientStartColor gradientEndColor spanAnnotationNames traceAnnotationNames sessionAnnotationNames
  documentEvaluationNames annotationName evaluationName minScore maxScore
  username email profilePictureUrl authMethod isManagementUser passwordNeedsReset expiresAt lastUsedAt clientName
  clientId isFirstParty scopes
  collectorEndpoint assistantProjectName forceTracing webAccessEnabled assistantEnabled githubServerEnabled
  githubEnabled githubWorkspaceTokenConfigured allowLocalTraces allowRemoteExport sessionRetentionMaxIdleDays
  sessionRetentionMaxCountPerUser
  modelName providerKey dependencies dependenciesInstalled credentialsSet isRequired envVarName backendType
  displayName repetitions status usageCount tableName numBytes dbStorageCapacityBytes cronExpression maxDays
  maxCount isValid errorMessage isLatest templateType templateFormat
`)

/** Fields whose objects are settings, catalogues or sums: what is under them is judged by `PLAIN`. */
export const CATALOGUES = words(`
  project projects getProjectByName dataset datasets experiment experiments baselineExperiment prompt prompts
  promptLabels labels datasetLabels datasetSplits splits annotationConfigs viewer user users userRoles role apiKeys
  oauth2Grants userApiKeys systemApiKeys agentsConfig serverStatus modelProviders credentialRequirements
  generativeModels values pageInfo costSummary costDetailSummaryEntries cumulativeCostDetailSummaryEntries total
  prompt completion tokenUsage tokenPromptDetails documentRetrievalMetrics spanCountsByKind
  spanCountTimeSeries traceCountTimeSeries traceCountByStatusTimeSeries traceLatencyMsPercentileTimeSeries
  traceTokenCountTimeSeries traceTokenCostTimeSeries spanAnnotationScoreTimeSeries traceAnnotationScoreTimeSeries
  sessionAnnotationScoreTimeSeries data scoresWithLabels traceRetentionPolicy projectTraceRetentionPolicies
  defaultProjectTraceRetentionPolicy dbTableStats validateSpanFilterCondition validateTraceFilterCondition
  validateSessionFilterCondition experimentAnnotationSummaries query
`)

/** Fields that stay where they are: a page of something, or more of the same trace. */
export const SAME_PLACE = words('edges node pageInfo')
export const SAME_TRACE = words(`
  trace spans rootSpan descendants context input output events spanAnnotations spanAnnotationSummaries spanNotes
  traceAnnotations traceAnnotationSummaries documentEvaluations labelFractions errorsByType tokenPromptDetails
`)

/** Types by what a node of them is: one trace (or part of one), or a catalogue. Anything else holds many traces. */
export const TRACE_TYPES = words('Span Trace SpanAnnotation TraceAnnotation DocumentAnnotation')
export const CATALOGUE_TYPES = words(`
  Project Dataset DatasetLabel DatasetSplit DatasetVersion Experiment Prompt PromptLabel PromptVersionTag User
  UserRole CategoricalAnnotationConfig ContinuousAnnotationConfig FreeformAnnotationConfig GenerativeModel
  ProjectTraceRetentionPolicy
`)

/** Arguments that test no content. An argument in none of these lists is taken for a test of everything. */
export const HARMLESS = words(`
  first last after before timeRange timeBinConfig probability id traceId spanId sessionId k maxDepth
  datasetVersionId versionId splitIds filterIds includeEphemeral sequenceNumbers datasetEvaluatorId experimentIds
  annotationName projectId evaluationName condition names tagName keys baseExperimentId compareExperimentIds
  labelIds limitPerType labels viewerOnly regex name datasetId externalId language mode
`)
export const CONDITIONS = words('filterCondition traceFilterCondition sessionFilterCondition')

/** Columns that connections sort by → what filters call them. */
export const SORTS = new Map([
  ['startTime', 'span.start_time'],
  ['endTime', 'span.end_time'],
  ['createdAt', 'span.start_time'],
  ['latencyMs', 'span.latency_ms'],
  ['numTraces', 'span.count'],
  ['costTotal', 'span.cost'],
  ['tokenCostTotal', 'span.cost'],
  ['cumulativeTokenCostTotal', 'span.cost'],
  ...['Total', 'Prompt', 'Completion'].flatMap((kind): [string, string][] => [
    [`tokenCount${kind}`, 'span.attributes.llm.token_count.total'],
    [`cumulativeTokenCount${kind}`, 'span.attributes.llm.token_count.total'],
  ]),
])

import { type ContentRule, prefixed } from './rule.ts'

/** Model providers, observability and data platforms. */
/** A word in kebab case is no key; and those with a rule of their own keep its name. */
const mixed = (secret: string) =>
  /[0-9A-Z]/.test(secret.slice(3)) && !/^sk-(?:ant|proj|svcacct|admin|None|lf)-/.test(secret)

export const models: readonly ContentRule[] = [
  prefixed({
    name: 'anthropic-key',
    title: 'Anthropic API key',
    prefixes: ['sk-ant-'],
    chars: 'A-Za-z0-9_-',
    length: 24,
    inside: true,
  }),
  prefixed({
    name: 'openai-project-key',
    title: 'OpenAI project, service or admin key',
    prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'],
    chars: 'A-Za-z0-9_-',
    length: 20,
    inside: true,
  }),
  prefixed({
    name: 'openai-key',
    title: 'OpenAI API key, and the many that look like it',
    prefixes: ['sk-'],
    chars: 'A-Za-z0-9_-',
    length: 20,
    cut: 6,
    check: mixed,
    examples: {
      match: ['preview sk-Test12'],
      pass: ['sk-learn', 'task-1234567890123456789012', 'sk-estimator-checks-suite'],
    },
  }),
  prefixed({
    name: 'huggingface-token',
    title: 'Hugging Face token',
    prefixes: ['hf_', 'api_org_'],
    chars: 'A-Za-z0-9',
    length: 30,
    cut: 10,
  }),
  prefixed({
    name: 'replicate-token',
    title: 'Replicate token',
    prefixes: ['r8_'],
    chars: 'A-Za-z0-9',
    length: 37,
    cut: 12,
  }),
  prefixed({
    name: 'groq-key',
    title: 'Groq API key',
    prefixes: ['gsk_'],
    chars: 'A-Za-z0-9',
    length: 48,
    cut: 10,
  }),
  prefixed({
    name: 'perplexity-key',
    title: 'Perplexity API key',
    prefixes: ['pplx-'],
    chars: 'A-Za-z0-9',
    length: 40,
    cut: 8,
  }),
  prefixed({
    name: 'xai-key',
    title: 'xAI API key',
    prefixes: ['xai-'],
    chars: 'A-Za-z0-9',
    length: 60,
    cut: 12,
  }),
  prefixed({
    name: 'langfuse-key',
    title: 'Langfuse secret key',
    prefixes: ['sk-lf-'],
    chars: 'a-f0-9-',
    length: 32,
    inside: true,
  }),
  prefixed({
    name: 'langsmith-key',
    title: 'LangSmith API key',
    prefixes: ['lsv2_pt_', 'lsv2_sk_'],
    chars: 'A-Za-z0-9_',
    length: 32,
  }),
  prefixed({
    name: 'pinecone-key',
    title: 'Pinecone API key',
    prefixes: ['pcsk_'],
    chars: 'A-Za-z0-9_',
    length: 40,
    cut: 8,
  }),
  prefixed({
    name: 'newrelic-key',
    title: 'New Relic key',
    prefixes: ['NRAK-', 'NRII-', 'NRJS-', 'NRAL-'],
    chars: 'A-Za-z0-9_-',
    length: 19,
  }),
  prefixed({
    name: 'grafana-token',
    title: 'Grafana service account or cloud token',
    prefixes: ['glsa_', 'glc_'],
    chars: 'A-Za-z0-9+/_=',
    length: 32,
    cut: 8,
  }),
  prefixed({
    name: 'sentry-token',
    title: 'Sentry token',
    prefixes: ['sntrys_', 'sntryu_'],
    chars: 'A-Za-z0-9+/_=',
    length: 40,
  }),
  {
    name: 'datadog-key',
    title: 'Datadog API or application key',
    kind: 'credential',
    keywords: ['datadog', 'dd_api_key', 'dd_app', 'dd-api-key'],
    caseless: true,
    pattern:
      '(?:datadog|dd[_-]api[_-]key|dd_app)[^\\n]{0,32}?[=:"\'\\s]([a-f0-9]{40}|[a-f0-9]{32})(?![A-Za-z0-9])',
    examples: {
      match: [`DD_API_KEY=${'0123456789abcdef'.repeat(2)}`, `datadog_app_key: ${'0123456789'.repeat(4)}`],
      pass: ['datadog agent is up'],
    },
  },
]

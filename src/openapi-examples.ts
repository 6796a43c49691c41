import { type ExampleSchema, exampleOf } from './platform/http/openapi-examples.ts';

/** What a field looks like, wherever its schema does not say so itself: addresses are those of RFC 5737. */
const fieldExamples: Readonly<Record<string, unknown>> = {
  amount: 100,
  asn: 64_500,
  avg_latency_ms: 245.3,
  avg_score: 0.62,
  balance: 42,
  country: 'US',
  credits_remaining: 42,
  cron_schedule: '*/30 * * * *',
  d1: 'connected',
  description: 'Credit purchase',
  detail: 'TCP connect OK',
  display_name: 'Alice',
  durable_objects: 'connected',
  email: 'user@example.com',
  exit_ip: '203.0.113.42',
  headers: { 'x-api-key': 'secret' },
  invite: 'mXk2Qv9sT4bW7cYz',
  ip: '203.0.113.42',
  label: 'default',
  last_error: null,
  latency_ms: 120.5,
  max_latency_ms: 500,
  min_score: 0.7,
  next_cursor: null,
  parser_name: 'plaintext',
  pool: 'default',
  port: 8080,
  prefix: 'pp_a1b2c',
  proxies_discovered: 142,
  proxies_new: 23,
  proxies_updated: 119,
  queues: 'connected',
  revoked_at: null,
  score: 0.87,
  tags: { provider: 'datacenter' },
  total_count: 1,
  uptime_pct: 94.2,
  verdict: null,
  version: '0.1.0',
};

interface MediaType {
  schema?: ExampleSchema;
  example?: unknown;
  examples?: unknown;
}

type Content = { content?: Record<string, MediaType> };

interface DocumentParts {
  paths?: Record<string, Record<string, { requestBody?: Content; responses?: Record<string, Content> }>>;
  components?: { schemas?: Record<string, ExampleSchema> };
}

function asParts(document: object): DocumentParts {
  return document;
}

/** The document with an example for each JSON body, asked for or answered, that has none yet. */
export function withExamples<Document extends object>(document: Document): Document {
  const { paths = {}, components } = asParts(document);
  const source = { schemas: components?.schemas ?? {}, fields: fieldExamples };
  for (const operations of Object.values(paths)) {
    for (const { requestBody, responses = {} } of Object.values(operations)) {
      for (const { content = {} } of [...(requestBody ? [requestBody] : []), ...Object.values(responses)]) {
        const json = content['application/json'];
        if (!json?.schema || json.example !== undefined || json.examples !== undefined) continue;
        json.example = exampleOf(json.schema, source);
      }
    }
  }
  return document;
}

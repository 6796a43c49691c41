import { z } from '@hono/zod-openapi';
import { namedValues } from '../../platform/http/named-values.ts';
import { timestampSchema } from '../../platform/http/openapi.ts';
import { HEADER_NAME } from '../../platform/http/request-headers.model.ts';
import { compilePattern, MAX_PATTERN_CHARACTERS } from '../../platform/pattern.ts';
import { clientIdSchema, effectSchema, partIdentity, partIdSchema } from '../gateway.schemas.ts';
import { gateNames } from './gates.model.ts';

/** Checks of one rule; each costs a pattern on each request. */
const MAX_CHECKS = 10;
const MAX_METHODS = 20;
const MAX_NAME_CHARACTERS = 256;
const MAX_NOTES_CHARACTERS = 1_000;
const MAX_PRIORITY = 1_000_000;
const MAX_SIMULATED_HEADERS = 100;

export const parentKinds = ['credentials', 'targets', 'proxies'] as const;

const parent = {
  clientId: clientIdSchema,
  parentKind: z.enum(parentKinds),
  parentId: z.string().regex(/^(?:cred|tgt|proxy)_[0-9a-f]{32}$/),
};
export const rulesParameters = z.object(parent);
export const ruleParameters = z.object({ ...parent, ruleId: partIdSchema('ruleId') });

const patternField = z
  .string()
  .max(MAX_PATTERN_CHARACTERS)
  .superRefine((text, context) => {
    const compiled = compilePattern(text);
    if (!compiled.ok) context.addIssue({ code: 'custom', message: compiled.problem });
  })
  .openapi({ example: '^/v1/', description: 'RE2; found anywhere, unless anchored with ^ and $.' });
const presenceField = z.enum(['present', 'absent']).default('present');
const methodField = z.string().regex(/^[A-Za-z]{1,20}$/);

const headerCheckSchema = z.object({
  name: z.string().min(1).max(MAX_NAME_CHARACTERS).regex(HEADER_NAME),
  value: patternField.optional(),
  presence: presenceField,
});
const queryCheckSchema = z.object({
  name: z.string().max(MAX_NAME_CHARACTERS),
  value: patternField.optional(),
  presence: presenceField,
});

const optionalFields = {
  methods: z.array(methodField).max(MAX_METHODS).openapi({ description: 'Empty: any method.' }),
  path: z.object({ pattern: patternField, presence: presenceField }).nullable(),
  headerChecks: z.array(headerCheckSchema).max(MAX_CHECKS),
  queryChecks: z.array(queryCheckSchema).max(MAX_CHECKS),
  priority: z.number().int().min(0).max(MAX_PRIORITY).openapi({
    description: 'Decides nothing by itself: among rules of one effect the lowest is the one that is named.',
  }),
  notes: z
    .string()
    .max(MAX_NOTES_CHARACTERS)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'has characters that cannot be stored'),
};

export const newRuleSchema = z
  .object({
    effect: effectSchema,
    methods: optionalFields.methods.default([]),
    path: optionalFields.path.default(null),
    headerChecks: optionalFields.headerChecks.default([]),
    queryChecks: optionalFields.queryChecks.default([]),
    priority: optionalFields.priority.default(0),
    notes: optionalFields.notes.default(''),
  })
  .openapi('NewRule');

export const ruleChangeSchema = z
  .object({ effect: effectSchema, ...optionalFields })
  .partial()
  .openapi('RuleChange');

const shownCheck = z.object({ name: z.string(), value: z.string().optional(), presence: z.string() });
const ruleSchema = z
  .object({
    ...partIdentity,
    effect: effectSchema,
    methods: z.array(z.string()),
    path: z.object({ pattern: z.string(), presence: z.string() }).nullable(),
    headerChecks: z.array(shownCheck),
    queryChecks: z.array(shownCheck),
    priority: z.number().int(),
    notes: z.string(),
    ruleCreatedAt: timestampSchema,
    ruleUpdatedAt: timestampSchema,
  })
  .openapi('Rule');

export const rulesSchema = z.object({ rules: z.array(ruleSchema), message: z.string() });

export const simulateSchema = z
  .object({
    method: methodField.default('GET'),
    path: z
      .string()
      .max(MAX_PATTERN_CHARACTERS * 8)
      .default('/'),
    headers: namedValues(
      z
        .record(z.string().regex(HEADER_NAME), z.string().regex(/^[\x20-\x7e]*$/))
        .refine((headers) => Object.keys(headers).length <= MAX_SIMULATED_HEADERS, `${MAX_SIMULATED_HEADERS} at most`),
    ).default({}),
    query: namedValues(z.record(z.string(), z.string())).default({}),
  })
  .openapi('SimulatedRequest');

export const simulationSchema = z.object({
  simulation: z.object({
    allowed: z.boolean(),
    path: z.string().openapi({ description: 'As the rules judge it: decoded once, dot segments resolved.' }),
    gates: z.array(
      z.object({
        gate: z.enum(gateNames),
        effect: effectSchema,
        decidedBy: z.enum(['rule', 'default']),
        ruleId: z.string().nullable(),
        reason: z.string(),
      }),
    ),
  }),
  message: z.string(),
});

export type NewRule = z.infer<typeof newRuleSchema>;
export type RuleChange = z.infer<typeof ruleChangeSchema>;
export type SimulatedRequest = z.infer<typeof simulateSchema>;

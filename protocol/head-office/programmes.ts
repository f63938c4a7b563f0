import { z } from 'zod'
import { instant } from '../ids.ts'
import { localised } from '../text.ts'
import { request } from './ask.ts'
import { proposed, why } from './members.ts'

const text = z.string().min(1).max(200_000).meta({ description: 'a programme in YAML' })
const change = z.object({
  what: z.enum(['added', 'removed', 'changed', 'setting']),
  name: z.string(),
  before: localised.optional(),
  after: localised.optional(),
})
export const programmeProblem = z.object({ line: z.int().min(1), path: z.string(), message: z.string() })
export type ProgrammeProblem = z.infer<typeof programmeProblem>
const sentences = z.array(z.object({ name: z.string(), text: localised }))

const versionLine = z.object({
  version: z.int(),
  publishedAt: instant.optional(),
  by: z.string().optional(),
  agreedBy: z.string().optional(),
  why: z.string().optional(),
})

const readers = ['administrator', 'marketer', 'auditor', 'store-manager'] as const
const writers = ['administrator', 'marketer'] as const

export const programmeRequests = {
  programmes: request({
    kind: 'question',
    roles: readers,
    meaning: 'the programme in force, the next one, the draft, and the versions that were published here',
    data: z.strictObject({}),
    answer: z.object({
      current: z.object({ version: z.int(), text }),
      next: z.object({ version: z.int(), text, from: instant }).optional(),
      draft: z.object({ text, at: instant, by: z.string() }).optional(),
      published: z.array(versionLine).meta({ description: 'the newest first' }),
      signs: z.boolean().meta({ description: 'false: the club holds no private key, and can publish nothing by itself' }),
    }),
  }),
  'programme-version': request({
    kind: 'question',
    roles: readers,
    meaning: 'the text of a version that was published here',
    data: z.strictObject({ version: z.int().min(1) }),
    answer: z.object({ version: z.int(), text }),
  }),
  'programme-check': request({
    kind: 'question',
    roles: readers,
    meaning: 'every wrong line of a text, as it is typed',
    data: z.strictObject({ text }),
    answer: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), id: z.string(), version: z.int(), rules: z.int() }),
      z.object({ ok: z.literal(false), problems: z.array(programmeProblem) }),
    ]),
  }),
  'programme-explain': request({
    kind: 'question',
    roles: readers,
    meaning: 'what a text settles and each of its rules as a sentence; `request.invalid` where it is wrong',
    data: z.strictObject({ text }),
    answer: z.object({ settings: sentences, rules: sentences }),
  }),
  'programme-diff': request({
    kind: 'question',
    roles: readers,
    meaning: 'what a text would change of what is in force, in words',
    data: z.strictObject({ text, against: z.int().min(1).optional().meta({ description: 'a published version instead' }) }),
    answer: z.object({ changes: z.array(change) }),
  }),
  'programme-dry-run': request({
    kind: 'question',
    roles: readers,
    meaning: 'who would have gained and lost by a text, and what it would have cost, by the club’s own journal',
    data: z.strictObject({
      text,
      from: z.string().max(20).optional().meta({ description: 'a day of either calendar' }),
      to: z.string().max(20).optional().meta({ description: 'it is included' }),
    }),
    answer: z.object({
      id: z.string(),
      version: z.int(),
      currency: z.string(),
      events: z.int(),
      sales: z.int(),
      undecided: z.int(),
      totals: z.array(z.object({ unit: z.string(), real: z.number(), draft: z.number() })),
      rules: z.array(z.object({ ruleid: z.string(), unit: z.string(), real: z.number(), draft: z.number() })),
      better: z.int(),
      worse: z.int(),
      best: z.array(z.object({ number: z.string(), money: z.number(), points: z.number() })),
      worst: z.array(z.object({ number: z.string(), money: z.number(), points: z.number() })),
      cost: z.number(),
    }),
  }),
  'programme-draft': request({
    kind: 'change',
    roles: writers,
    meaning: 'keeps a text as the draft, right or wrong; an empty one takes it away',
    data: z.strictObject({ text: z.string().max(200_000) }),
    answer: z.object({}),
  }),
  'programme-publish': request({
    kind: 'change',
    roles: writers,
    second: writers,
    meaning: 'gives a text to stores when somebody else agrees: at once, or from its `inForceFrom` where that is to come',
    data: z.strictObject({ text, why }),
    answer: proposed,
  }),
  'programme-roll-back': request({
    kind: 'change',
    roles: writers,
    second: writers,
    meaning: 'publishes the rules of an earlier version under a new number, when somebody else agrees',
    data: z.strictObject({ version: z.int().min(1), why }),
    answer: proposed,
  }),
} as const

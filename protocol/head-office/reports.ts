import { z } from 'zod'
import { civilDate, id, instant, name } from '../ids.ts'
import { amount, signedAmount } from '../money.ts'
import { localised } from '../text.ts'
import { request } from './ask.ts'
import { why } from './members.ts'

const readers = ['administrator', 'marketer', 'store-manager', 'auditor'] as const

export const reportColumn = z.object({
  key: z.string(),
  title: localised,
  kind: z.enum(['text', 'name', 'number', 'quantity', 'money', 'share', 'ratio', 'day']).meta({
    description:
      '`money`: the smallest unit; `quantity`: thousandths; `share`: basis points; `ratio`: hundredths; `day`: 2026-11-21',
  }),
})
export const reportCell = z.union([z.string(), z.number(), z.object({ key: z.string(), text: localised })])
export const reportRow = z.record(z.string(), reportCell.optional())

export const reportRequests = {
  reports: request({
    kind: 'question',
    roles: readers,
    meaning: 'the reports that there are',
    data: z.strictObject({}),
    answer: z.object({
      reports: z.array(
        z.object({
          name,
          title: localised,
          months: z.int().meta({ description: 'how far back it goes where nobody says; 0: it has no period' }),
        }),
      ),
    }),
  }),
  report: request({
    kind: 'question',
    roles: readers,
    store: 'must',
    meaning: 'one report, of the chain or of one store; with `csv` also as a file’s text',
    data: z.strictObject({
      name,
      from: z.string().max(20).optional().meta({ description: 'a day of either calendar' }),
      to: z.string().max(20).optional().meta({ description: 'it is included' }),
      store: name.optional(),
      by: z.enum(['day', 'week', 'month']).default('day'),
      top: z.int().min(1).max(10_000).default(20),
      csv: z.boolean().default(false),
    }),
    answer: z.object({
      title: localised,
      from: civilDate,
      to: civilDate,
      currency: z.string(),
      columns: z.array(reportColumn),
      rows: z.array(reportRow),
      total: reportRow.optional(),
      notes: z.array(localised),
      csv: z.string().optional(),
    }),
  }),
  exposure: request({
    kind: 'question',
    roles: ['administrator', 'marketer', 'auditor'],
    meaning: 'what boxes can give, or have given, of which the books do not know yet',
    data: z.strictObject({}),
    answer: z.object({
      at: instant,
      currency: z.string(),
      boxes: z.array(
        z.object({
          store: name,
          boxid: id,
          allowances: z.int(),
          credit: amount,
          gifts: amount,
          total: amount,
          until: instant,
          over: amount.meta({ description: 'what of it has run out and was not told of' }),
        }),
      ),
      total: amount,
      offlineDifferences: signedAmount,
    }),
  }),
  'write-off-box': request({
    kind: 'change',
    roles: ['administrator'],
    store: 'may',
    meaning: 'a box will never tell again: what it was lent is the members’ and the house’s again',
    data: z.strictObject({ store: name, boxid: id, why }),
    answer: z.object({ ended: z.int() }),
  }),
  'card-stock': request({
    kind: 'question',
    roles: readers,
    meaning: 'the club’s cards by batch and store, and how many were handed out',
    data: z.strictObject({}),
    answer: z.object({
      batches: z.array(z.object({ batch: z.string(), store: name.optional(), at: instant, cards: z.int(), handedout: z.int() })),
    }),
  }),
  alarms: request({
    kind: 'question',
    roles: readers,
    meaning: 'what rules and alarms told head office, the newest first',
    data: z.strictObject({ limit: z.int().min(1).max(1_000).default(100) }),
    answer: z.object({
      alarms: z.array(
        z.object({
          alert: z.string(),
          ruleid: z.string(),
          text: localised,
          store: name.optional(),
          memberid: id.optional(),
          at: instant,
        }),
      ),
    }),
  }),
} as const

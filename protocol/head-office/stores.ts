import { z } from 'zod'
import { id, instant, name } from '../ids.ts'
import { amount, currency } from '../money.ts'
import { deviceHealth, storeState } from '../state.ts'
import { localised } from '../text.ts'
import { moneyShown } from '../values.ts'
import { request } from './ask.ts'
import { roles } from './roles.ts'

export const officeStore = z.object({
  store: name,
  name: localised,
  moneyShown,
  place: z.object({ latitude: z.number(), longitude: z.number() }).optional(),
})
export type OfficeStore = z.infer<typeof officeStore>

export const officeSale = z.object({
  saleid: id,
  at: instant,
  store: name,
  currency,
  total: amount,
  discount: amount,
  payable: amount,
  redeemed: amount.meta({ description: 'credit that was taken instead of money' }),
  reference: z.string(),
  tillreceipt: z.string().optional(),
  reversed: z.boolean(),
  returned: amount.meta({ description: 'how much of its price was brought back' }),
})
export type OfficeSale = z.infer<typeof officeSale>

export const laneDay = z.object({
  lane: name,
  sales: z.int(),
  total: amount,
  discount: amount,
  reversed: amount,
  closedAt: instant.optional(),
})

export const storeRequests = {
  stores: request({
    kind: 'question',
    roles,
    meaning: 'the stores that the login sees, in the order of club.yaml; how they stand is on their live topics',
    data: z.strictObject({}),
    answer: z.object({ club: name, currency, stores: z.array(officeStore) }),
  }),
  store: request({
    kind: 'question',
    roles: ['administrator', 'marketer', 'store-manager', 'auditor'],
    store: 'must',
    meaning: 'one store: its box, devices, lanes of today, last sales, and which commands its box takes',
    data: z.strictObject({ store: name }),
    answer: z.object({
      store: officeStore,
      state: storeState.optional().meta({ description: 'what its box said of itself last' }),
      devices: z.array(deviceHealth),
      lanes: z.array(laneDay).meta({ description: 'those that have sold today' }),
      sales: z.array(officeSale).meta({ description: 'the last 30, the newest first' }),
      commands: z.array(z.object({ name, title: localised, data: z.array(name).meta({ description: 'what it can be given' }) })),
    }),
  }),
  'store-command': request({
    kind: 'change',
    roles: ['administrator', 'store-manager'],
    store: 'must',
    meaning: 'has a box do something; answers with what it made of it, or after 30 s and more with `box.silent`',
    data: z.strictObject({
      store: name,
      name,
      data: z.record(z.string().min(1).max(40), z.union([z.string().max(4_000), z.number(), z.boolean()])).default({}),
    }),
    answer: z.object({
      status: z.enum(['ok', 'error']),
      data: z.record(z.string(), z.unknown()).optional(),
      error: z.object({ key: z.string(), title: z.string() }).optional(),
    }),
  }),
} as const

import { z } from 'zod'
import { instant, name } from '../ids.ts'
import { replyStatus } from '../reply.ts'
import { localised } from '../text.ts'
import { request } from './ask.ts'
import { why } from './members.ts'

const named = {
  id: z.string().min(1).max(100),
  store: name.optional().meta({ description: 'where the id alone names several' }),
  hash: z.string().min(4).max(128).optional().meta({ description: 'the beginning of its hash, likewise' }),
}

export const quarantineEntry = z.object({
  store: name,
  eventid: z.string(),
  hash: z.string(),
  type: z.string().optional(),
  key: z.string(),
  title: localised,
  reason: z.string(),
  advice: localised,
  receivedat: instant,
})

export const quarantineRequests = {
  quarantine: request({
    kind: 'question',
    roles: ['administrator', 'auditor'],
    meaning: 'what could not be booked and waits for a decision, the earliest first',
    data: z.strictObject({}),
    answer: z.object({ entries: z.array(quarantineEntry) }),
  }),
  quarantined: request({
    kind: 'question',
    roles: ['administrator', 'auditor'],
    meaning: 'one of them with its contents; it may name people',
    data: z.strictObject(named),
    answer: quarantineEntry.extend({ text: z.string().meta({ description: 'as it came' }) }),
  }),
  'quarantine-release': request({
    kind: 'change',
    roles: ['administrator'],
    meaning: 'books it, as it is or as `correction` (its whole JSON) has it',
    data: z.strictObject({ ...named, correction: z.string().max(200_000).optional(), why: why.optional() }),
    answer: z.object({ id: z.string(), status: replyStatus, error: z.string().optional() }),
  }),
  'quarantine-drop': request({
    kind: 'change',
    roles: ['administrator'],
    meaning: 'it is never booked; what came is kept',
    data: z.strictObject({ ...named, why }),
    answer: z.object({}),
  }),
} as const

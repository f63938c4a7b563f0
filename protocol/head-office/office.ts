import { z } from 'zod'
import { id, instant, name } from '../ids.ts'
import { localised } from '../text.ts'
import { request } from './ask.ts'
import { role, roles } from './roles.ts'

export const userName = z.string().regex(/^[a-z0-9][a-z0-9._-]{1,39}$/, 'must be 2 to 40 of a–z, 0–9, dot, dash and underscore')
/** Long is what counts; no rules about kinds of letters (NIST SP 800-63B, 5.1.1). */
export const password = z.string().min(10, 'must have at least 10 characters').max(200)
const stores = z.array(name).max(5_000).default([]).meta({ description: 'of a store manager or cashier; none: all' })

export const officeUser = z.object({
  name: userName,
  title: z.string().optional(),
  role,
  stores: z.array(name),
  lastLoginAt: instant.optional(),
  mustChange: z.boolean().meta({ description: 'the password is a one-time one' }),
  sessions: z.int(),
})
export type OfficeUser = z.infer<typeof officeUser>

export const auditEntry = z.object({
  seq: z.int(),
  at: instant,
  actor: z.string(),
  role: z.string().meta({ description: 'the one that the actor had then; `operator` at the club’s own machine' }),
  what: z.string().meta({ description: 'the request’s name, or `login`, `login-refused`, `logout`' }),
  subject: z.string().meta({ description: 'what it is about: a store, a member’s number, a version …' }),
  data: z.unknown().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  result: z.string().meta({ description: '`ok`, `proposed`, or an error’s key' }),
})
export type AuditEntry = z.infer<typeof auditEntry>

export const proposal = z.object({
  proposalid: id,
  name: z.string().meta({ description: 'the request’s name' }),
  subject: z.string(),
  data: z.unknown(),
  by: z.string(),
  at: instant,
  lapsesat: instant,
  status: z.enum(['waiting', 'done', 'refused', 'withdrawn', 'lapsed']),
  decidedBy: z.string().optional(),
  decidedAt: instant.optional(),
  result: z.string().optional(),
  may: z.boolean().meta({ description: 'whether this login may agree to it' }),
})
export type Proposal = z.infer<typeof proposal>

const administrators = ['administrator'] as const
const deciders = ['administrator', 'marketer', 'store-manager'] as const

export const officeRequests = {
  audit: request({
    kind: 'question',
    roles: ['administrator', 'auditor'],
    meaning: 'who changed what, the newest first',
    data: z.strictObject({
      actor: z.string().max(80).optional(),
      what: z.string().max(60).optional(),
      subject: z.string().max(120).optional(),
      from: instant.optional(),
      to: instant.optional(),
      before: z.int().min(1).optional().meta({ description: 'only those of a lower `seq`: the next page' }),
      limit: z.int().min(1).max(500).default(100),
    }),
    answer: z.object({ entries: z.array(auditEntry) }),
  }),
  proposals: request({
    kind: 'question',
    roles: [...deciders, 'auditor'],
    meaning: 'what waits for a second approval, and what became of the last ones',
    data: z.strictObject({}),
    answer: z.object({ proposals: z.array(proposal) }),
  }),
  approve: request({
    kind: 'change',
    roles: deciders,
    meaning: 'agrees to what somebody else proposed: it is done at once',
    data: z.strictObject({ proposalid: id }),
    answer: z.object({ result: z.unknown() }),
  }),
  refuse: request({
    kind: 'change',
    roles: deciders,
    meaning: 'refuses what somebody proposed; one’s own is withdrawn',
    data: z.strictObject({ proposalid: id, why: z.string().max(300).optional() }),
    answer: z.object({}),
  }),
  users: request({
    kind: 'question',
    roles: ['administrator', 'auditor'],
    meaning: 'who may log in',
    data: z.strictObject({}),
    answer: z.object({
      users: z.array(officeUser),
      roles: z.array(z.object({ role, name: localised, may: z.array(z.string()) })),
    }),
  }),
  'user-add': request({
    kind: 'change',
    roles: administrators,
    meaning: 'a new login, with a one-time password that is told once',
    data: z.strictObject({ name: userName, title: z.string().max(80).optional(), role, stores }),
    answer: z.object({ password: z.string() }),
  }),
  'user-role': request({
    kind: 'change',
    roles: administrators,
    meaning: 'another role, or other stores; ends the sessions of the user',
    data: z.strictObject({ name: userName, role, stores }),
    answer: z.object({}),
  }),
  'user-password': request({
    kind: 'change',
    roles: administrators,
    meaning: 'a new one-time password, told once; ends the sessions of the user',
    data: z.strictObject({ name: userName }),
    answer: z.object({ password: z.string() }),
  }),
  'user-remove': request({
    kind: 'change',
    roles: administrators,
    meaning: 'takes a login away; what it did stays in the audit log',
    data: z.strictObject({ name: userName }),
    answer: z.object({}),
  }),
  'watch-store': request({
    kind: 'question',
    roles,
    store: 'must',
    meaning: 'has the club tell a store’s events on live/events/{store} for a minute; asked again it goes on',
    data: z.strictObject({ store: name }),
    answer: z.object({ until: instant }),
  }),
} as const

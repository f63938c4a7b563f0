import { z } from 'zod'
import { id, instant, name } from '../ids.ts'
import { localised } from '../text.ts'
import { programmeProblem } from './programmes.ts'
import { role } from './roles.ts'

/** `…/hq/sessions/{session}/requests/{name}`: what the page asks. */
export const officeQuestion = z.object({
  requestid: z.string().min(1).max(60).meta({ description: 'of the page’s choice; the response carries it' }),
  data: z.unknown(),
})
export type OfficeQuestion = z.infer<typeof officeQuestion>

/** `detail` and `hint` are for technicians, in English; `title` is what a page shows. */
export const officeError = z.object({
  key: z.string(),
  title: localised,
  detail: z.string().optional(),
  hint: z.string().optional(),
  problems: z.array(programmeProblem).optional(),
})
export type OfficeError = z.infer<typeof officeError>

/** `…/hq/sessions/{session}/responses`: the answer, by the request's id. */
export const officeResponse = z.discriminatedUnion('status', [
  z.object({ requestid: z.string(), status: z.literal('ok'), data: z.unknown() }),
  z.object({ requestid: z.string(), status: z.literal('error'), error: officeError }),
])
export type OfficeResponse = z.infer<typeof officeResponse>

/** `POST /login`. */
export const loginRequest = z.strictObject({ name: z.string().min(1).max(60), password: z.string().min(1).max(200) })

/** `POST /password`: of one's own; needed before anything else where the one that one has is a one-time one. */
export const passwordRequest = z.strictObject({ old: z.string().min(1).max(200), fresh: z.string().min(1).max(200) })

/** `GET /session`, and what `POST /login` answers. */
export const officeSession = z.object({
  session: id.meta({ description: 'stands in the topics of the page' }),
  club: name,
  user: z.object({ name: z.string(), title: z.string().optional(), role, stores: z.array(name) }),
  may: z.array(z.string()).meta({ description: 'the names of the requests that the login may make' }),
  mustChange: z.boolean().meta({ description: 'the password is a one-time one: POST /password first' }),
  expiresat: instant,
})
export type OfficeSession = z.infer<typeof officeSession>

/** `POST /session`: what one connection to `/mqtt` logs in with: the session as username, the ticket as password. */
export const officeTicket = z.object({ ticket: z.string(), expiresat: instant, session: id, clientid: z.string() })
export type OfficeTicket = z.infer<typeof officeTicket>

import { errorCatalogue } from '#protocol/errors.ts'
import type { OfficeError, OfficeResponse } from '#protocol/head-office/envelope.ts'
import { officeQuestion } from '#protocol/head-office/envelope.ts'
import { officeErrorTitle } from '#protocol/head-office/errors.ts'
import { headOfficeRequests, isOfficeRequest, type OfficeRequestName } from '#protocol/head-office/requests.ts'
import { officeTopics, parseOfficeTopic } from '#protocol/topics.ts'
import { createAllowances } from '#runtime/allowance.ts'
import { messageOf, VafaError } from '#runtime/errors.ts'
import type { Logger } from '#runtime/log.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { mayAsk, storeRefusal } from './access.ts'
import type { Answers, Asker, Told } from './asker.ts'
import type { AuditLog } from './audit-log.ts'
import type { Login, Sessions } from './sessions.ts'

/** Of one session: a page asks for what it shows at once. */
const asking = { perSecond: 20, atOnce: 100 }

/** Judges what pages ask, has it answered, and writes down each change, whatever came of it. */
export function createDesk(parts: {
  club: string
  sessions: Pick<Sessions, 'byName'>
  answers: Answers<OfficeRequestName>
  audit: AuditLog
  runtime: Runtime
  log: Logger
}) {
  const { club, sessions, answers, audit, runtime, log } = parts
  const allowances = createAllowances(asking)

  /** Answers one request of a login; never rejects. */
  async function answer(login: Login, name: string, data: unknown): Promise<{ data: unknown } | { error: OfficeError }> {
    const told: Told = {}
    const asker: Asker = { ...login, tell: (more) => void Object.assign(told, more) }
    const change = isOfficeRequest(name) && headOfficeRequests[name].kind === 'change'
    const note = (result: string, asked?: unknown) => {
      if (!change) return
      const { name: actor, role } = login.user
      const { subject = '', data: shown = asked, before, after } = told
      audit.note({ at: isoNow(runtime), actor, role, what: name, subject, data: shown, before, after, result })
    }
    try {
      if (!isOfficeRequest(name)) throw refusal('request.unknown', `there is no request “${name.slice(0, 40)}”`)
      if (login.user.mustChange) throw refusal('password.one-time', 'the password is a one-time one')
      if (!mayAsk(login.user.role, name)) throw refusal('role.refused', `a ${login.user.role} may not ask for “${name}”`)
      const read = headOfficeRequests[name].data.safeParse(data ?? {})
      if (!read.success) {
        const issue = read.error.issues[0]
        throw refusal('request.invalid', `${issue?.path.join('.') || '(top)'}: ${issue?.message}`)
      }
      if (storeRefusal(login.user, name, read.data)) {
        told.subject = String((read.data as { store?: unknown }).store ?? '')
        throw refusal('store.refused', 'the login is bound to other stores')
      }
      const asked = read.data as never
      const given = await answers[name](asked, asker)
      note('second' in headOfficeRequests[name] ? 'proposed' : 'ok', read.data)
      return { data: given }
    } catch (error) {
      const refused = officeErrorOf(error)
      note(refused.key)
      if (refused.key === 'club.failed')
        log.error(
          { request: name, reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
          'a page’s request failed',
        )
      return { error: refused }
    }
  }

  return {
    answer,
    /** A message on a session's request topic; undefined where it is none that can be answered. */
    async take(topic: string, payload: Buffer): Promise<{ topic: string; response: OfficeResponse } | undefined> {
      const asked = parseOfficeTopic(topic)
      const question = questionIn(payload)
      if (!asked || !question) return undefined
      const { session, name } = asked
      const to = officeTopics(club, session).responses
      const { requestid } = question
      const respond = (given: { data: unknown } | { error: OfficeError }) => ({
        topic: to,
        response:
          'error' in given ? { requestid, status: 'error' as const, ...given } : { requestid, status: 'ok' as const, ...given },
      })
      const login = sessions.byName(session)
      if (!login) return respond({ error: officeErrorOf(refusal('login.needed', 'the session has ended')) })
      if (!allowances.take(session, runtime.monotonic()))
        return respond({ error: officeErrorOf(refusal('request.too-many', 'this session asks too often')) })
      return respond(await answer(login, name, question.data))
    },
  }
}

const refusal = (key: string, message: string) => new VafaError({ key, message })

function officeErrorOf(error: unknown): OfficeError {
  if (!(error instanceof VafaError)) return { key: 'club.failed', title: officeErrorTitle('club.failed') }
  const { key, message, hint } = error
  const title = Object.hasOwn(errorCatalogue, key)
    ? errorCatalogue[key as keyof typeof errorCatalogue].title
    : officeErrorTitle(key)
  return { key, title, detail: message, ...(hint === undefined ? {} : { hint }) }
}

function questionIn(payload: Buffer) {
  try {
    return officeQuestion.safeParse(JSON.parse(payload.toString('utf8'))).data
  } catch {
    return undefined
  }
}

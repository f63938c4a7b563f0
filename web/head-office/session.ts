import { signal } from '@preact/signals'
import type { OfficeSession, OfficeTicket } from '#protocol/head-office/envelope.ts'
import type { Localised } from '#protocol/text.ts'
import { type Access, AccessRefused } from '../shared/wire.ts'
import { words } from './words.ts'

/** undefined: not asked yet; null: nobody is logged in. */
export const session = signal<OfficeSession | null | undefined>(undefined)

/** What head office's server refuses: a key, and a sentence for people. */
export class OfficeProblem extends Error {
  readonly key: string
  readonly title: Localised
  readonly hint: string | undefined
  constructor(given: { key: string; title: Localised; hint?: string | undefined; detail?: string | undefined }) {
    super(given.detail ?? given.key)
    this.key = given.key
    this.title = given.title
    this.hint = given.hint
  }
}

const unreachable = () => new OfficeProblem({ key: 'offline', title: words.serverAway })

/** One HTTP exchange; throws an OfficeProblem. The session is in a cookie that scripts cannot read. */
async function exchange<Answer>(path: string, body?: unknown): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    })
  } catch {
    throw unreachable()
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer as Answer
  const { error } = (answer ?? {}) as { error?: { key: string; title: Localised; hint?: string } }
  throw error ? new OfficeProblem(error) : new OfficeProblem({ key: `http.${response.status}`, title: words.serverFailed })
}

/** Who is logged in here. Leaves the session as it is where the server is away: the page then shows what it has. */
export async function askSession(): Promise<void> {
  try {
    session.value = await exchange<OfficeSession>('/session')
  } catch (error) {
    if (error instanceof OfficeProblem && error.key === 'offline') throw error
    session.value = null
  }
}

export async function logIn(name: string, password: string): Promise<void> {
  session.value = await exchange<OfficeSession>('/login', { name, password })
}

export async function changePassword(old: string, fresh: string): Promise<void> {
  await exchange('/password', { old, fresh })
  await askSession()
}

export async function logOut(): Promise<void> {
  await exchange('/logout', {}).catch(() => undefined)
  session.value = null
}

/** A ticket for one connection; ends the page's session where the server knows of none. */
export async function access(): Promise<Access> {
  try {
    const ticket = await exchange<OfficeTicket>('/session', {})
    const { protocol, host } = window.location
    return {
      url: `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/mqtt`,
      clientId: ticket.clientid,
      username: ticket.session,
      password: ticket.ticket,
    }
  } catch (error) {
    if (error instanceof OfficeProblem && error.key === 'login.needed') {
      session.value = null
      throw new AccessRefused()
    }
    throw error
  }
}

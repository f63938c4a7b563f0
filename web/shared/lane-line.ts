import { type ReadonlySignal, signal } from '@preact/signals'
import type { LaneScreen, TillRequest, TillResponse } from '#protocol/lane.ts'
import type { LaneAccess } from '#protocol/lane-page.ts'
import { currency, moneyShown } from './figures.ts'
import { kept } from './kept.ts'
import { language } from './language.ts'
import { AccessRefused, createWire, type Wire } from './wire.ts'

type Asked = TillRequest extends infer One ? (One extends { id: string } ? Omit<One, 'id'> : never) : never

/** A page's line to the one lane that it is for. */
export interface LaneLine {
  readonly wire: Wire
  /** What the box told of the lane and its store; undefined until the first ticket. */
  readonly access: ReadonlySignal<LaneAccess | undefined>
  /** What the lane shows now; the last that was heard, while the line is away. */
  readonly screen: ReadonlySignal<LaneScreen | undefined>
  /** The lane for which this browser needs a code; undefined where it needs none. */
  readonly unpaired: ReadonlySignal<string | undefined>
  /** Resolves with the first answer, or with undefined where none came in time or the line is away. */
  ask(request: Asked): Promise<TillResponse | undefined>
  /** Whether the code was the right one; the page then connects by itself. */
  pair(code: string): Promise<'paired' | 'wrong' | 'wait'>
}

const patienceMs = 20_000

export function createLaneLine({ page }: { page: 'kiosk' | 'lane' }): LaneLine {
  const lane = decodeURIComponent(location.pathname.split('/')[2] ?? '') || undefined
  const access = signal<LaneAccess | undefined>(undefined)
  const screen = signal<LaneScreen | undefined>(undefined)
  const unpaired = signal<string | undefined>(undefined)
  const waiting = new Map<string, (response: TillResponse) => void>()
  let ends: (() => void)[] = []
  let paired: (() => void) | undefined

  const wire = createWire({
    async access() {
      const answer = await postJson('/ticket', { page, ...(lane === undefined ? {} : { lane }) })
      if (answer.status === 403 && answer.body?.pairing) {
        unpaired.value = String(answer.body.lane)
        await new Promise<void>((resolve) => {
          paired = resolve
        })
        throw new Error('paired: ask again')
      }
      if (answer.status === 403 || answer.status === 404) throw new AccessRefused(String(answer.body?.error))
      if (answer.status !== 200) throw new Error(`ticket: ${answer.status}`)
      unpaired.value = undefined
      const ticket = answer.body as unknown as LaneAccess
      welcome(ticket)
      const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
      const { clientid, username, password, path } = ticket
      return { url: `${scheme}://${location.host}${path}`, clientId: clientid, username, password }
    },
  })

  function welcome(ticket: LaneAccess) {
    if (access.value === undefined && kept('language') === undefined) language.value = ticket.language
    moneyShown.value = ticket.moneyShown
    currency.value = ticket.currency
    const { topics } = ticket
    if (access.value?.topics.screen !== topics.screen) {
      for (const end of ends) end()
      ends = [
        wire.subscribe(topics.screen, ({ payload }) => {
          if (payload !== undefined) screen.value = withName(payload as LaneScreen, screen.value)
        }),
        wire.subscribe(topics.replies, ({ payload }) => {
          const response = payload as TillResponse | undefined
          if (response?.re !== undefined) waiting.get(response.re)?.(response)
        }),
      ]
    }
    access.value = ticket
  }

  return {
    wire,
    access,
    screen,
    unpaired,
    async ask(request) {
      const input = access.value?.topics.input
      if (input === undefined) return undefined
      // randomUUID needs a secure context, which plain HTTP beyond the box is not.
      const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
      const { promise, resolve } = Promise.withResolvers<TillResponse | undefined>()
      // `enrolled`, `finger` and the like only say that it is under way: what follows says the outcome.
      waiting.set(id, (response) => {
        if (response.op !== 'enrolled') resolve(response)
      })
      const timer = setTimeout(() => resolve(undefined), patienceMs)
      try {
        await wire.send(input, { ...request, id })
        return await promise
      } catch {
        return undefined
      } finally {
        clearTimeout(timer)
        waiting.delete(id)
      }
    },
    async pair(code) {
      const { status } = await postJson('/pair', { lane: unpaired.value ?? '', code })
      if (status === 429) return 'wait'
      if (status !== 200) return 'wrong'
      unpaired.value = undefined
      paired?.()
      return 'paired'
    },
  }
}

/** The broker keeps no names: one that was heard stays for as long as the same member stands there. */
function withName(next: LaneScreen, before: LaneScreen | undefined): LaneScreen {
  const name = before?.customer?.name
  if (!next.customer || next.customer.name !== undefined || name === undefined) return next
  return next.customer.number === before?.customer?.number ? { ...next, customer: { ...next.customer, name } } : next
}

async function postJson(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> | undefined }> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: answer.status, body: await answer.json().catch(() => undefined) }
}

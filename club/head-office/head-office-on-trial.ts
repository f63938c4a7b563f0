import mqtt from 'mqtt'
import { expect, onTestFinished } from 'vitest'
import type { OfficeSession, OfficeTicket } from '#protocol/head-office/envelope.ts'
import { officeResponse } from '#protocol/head-office/envelope.ts'
import type { OfficeAnswer, OfficeData, OfficeRequestName } from '#protocol/head-office/requests.ts'
import { liveTopics, officeTopics } from '#protocol/topics.ts'
import { systemRuntime } from '#runtime/runtime.ts'

/** For tests: a browser of head office's, by real HTTP and MQTT over WebSocket. */
export interface Browser {
  session: OfficeSession
  cookie: string
  /** Resolves with the answer; rejects with the error's key. */
  ask<Name extends OfficeRequestName>(name: Name, data: OfficeData<Name>): Promise<OfficeAnswer<Name>>
  /** The next message of a live topic of which this is true. */
  live<T>(topic: string, wanted: (value: T) => boolean): Promise<T>
  /** Resolves when the club has cut the connection. */
  readonly cut: Promise<void>
}

const json = { 'content-type': 'application/json' }

export const post = (port: number, path: string, body: object, headers: object = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) })

/** Logs in; resolves with the cookie and what the server says of the session. */
export async function login(port: number, name: string, password: string): Promise<{ cookie: string; session: OfficeSession }> {
  const answer = await post(port, '/login', { name, password })
  expect(answer.status).toBe(200)
  const cookie = String(answer.headers.get('set-cookie')).split(';')[0] ?? ''
  return { cookie, session: (await answer.json()) as OfficeSession }
}

export const ticketOf = async (port: number, cookie: string): Promise<OfficeTicket> =>
  (await (await post(port, '/session', {}, { cookie })).json()) as OfficeTicket

/** A page that is logged in, connected, and hears what it may. */
export async function openBrowser(port: number, name: string, password: string): Promise<Browser> {
  const { cookie, session } = await login(port, name, password)
  const ticket = await ticketOf(port, cookie)
  const client = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`, {
    ...{ clientId: ticket.clientid, username: ticket.session, password: ticket.ticket },
    ...{ reconnectPeriod: 0, protocolVersion: 4 },
  })
  onTestFinished(() => void client.end(true))
  const cut = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const waiting = new Map<string, (response: ReturnType<typeof officeResponse.parse>) => void>()
  const retained = new Map<string, unknown>()
  const listeners = new Set<(topic: string, value: unknown) => void>()
  const own = officeTopics(session.club, session.session)
  client.on('message', (topic, payload) => {
    const value: unknown = JSON.parse(String(payload))
    if (topic === own.responses) {
      const response = officeResponse.parse(value)
      waiting.get(response.requestid)?.(response)
      return
    }
    retained.set(topic, value)
    for (const listener of listeners) listener(topic, value)
  })
  await client.subscribeAsync([own.responses, liveTopics(session.club).all], { qos: 1 })
  return {
    session,
    cookie,
    cut,
    async ask(request, data) {
      const requestid = systemRuntime.uuid()
      const answered = new Promise<ReturnType<typeof officeResponse.parse>>((resolve) => waiting.set(requestid, resolve))
      await client.publishAsync(own.request(request), JSON.stringify({ requestid, data }), { qos: 1 })
      const response = await answered
      if (response.status === 'error') throw new Error(response.error.key)
      return response.data as never
    },
    live: <T>(topic: string, wanted: (value: T) => boolean) =>
      new Promise<T>((resolve) => {
        const check = (at: string, value: unknown) => {
          if (at !== topic || !wanted(value as T)) return
          listeners.delete(check)
          resolve(value as T)
        }
        listeners.add(check)
        if (retained.has(topic)) check(topic, retained.get(topic))
      }),
  }
}

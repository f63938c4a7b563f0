import { once } from 'node:events'
import { statSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { LiveClub, LiveEvent, LiveStore } from '#protocol/head-office/live.ts'
import {
  headOfficeRequests,
  type OfficeData,
  type OfficeRequestName,
  officeRequestNames,
} from '#protocol/head-office/requests.ts'
import { type Role, roles } from '#protocol/head-office/roles.ts'
import { liveTopics } from '#protocol/topics.ts'
import { backupBooks, restoreBooks } from '../backup/backup.ts'
import { memberNumber } from '../booking/member.ts'
import { type BoxOnTrial, type ClubOnTrial, clubOnTrial } from '../club-on-trial.ts'
import { readProgrammeKey } from '../key-file.ts'
import { type Browser, login, openBrowser, post, ticketOf } from './head-office-on-trial.ts'
import { openOfficeDatabase } from './office-database.ts'
import { createUsers, type Users } from './users.ts'

const password = 'a long enough secret'
const everyone10 = { rules: [{ id: 'all', order: 1, when: {}, effects: [{ kind: 'credit', basisPoints: 1_000 }] }] }
const topics = liveTopics('demo')

let trial: ClubOnTrial
let port: number
let users: Users
let box: BoxOnTrial
const ends: (() => unknown)[] = []

const loginOf: Readonly<Record<string, { role: Role; stores?: string[] }>> = {
  sara: { role: 'administrator' },
  omid: { role: 'administrator' },
  mina: { role: 'marketer' },
  reza: { role: 'store-manager', stores: ['s1'] },
  aida: { role: 'auditor' },
  nima: { role: 'cashier', stores: ['s1'] },
}
const open = (name: string): Promise<Browser> => openBrowser(port, name, password)

beforeAll(async () => {
  trial = await clubOnTrial(everyone10, { more: { pages: { port: 0 } }, onEnd: (work) => ends.unshift(work) })
  port = trial.club.pagesPort ?? 0
  const database = openOfficeDatabase(join(trial.folder, 'club.sqlite.office'))
  ends.unshift(() => database.close())
  users = createUsers(database)
  for (const [name, { role, stores = [] }] of Object.entries(loginOf))
    await users.add({ name, role, stores, password, at: new Date(trial.clock.now).toISOString() })
  box = await trial.connect()
  await box.enrol()
})
afterAll(async () => {
  for (const end of ends) await end()
})

describe('who comes to head office', () => {
  it('is let in by name and password, keeps a cookie that no script reads, and is told what the role may', async () => {
    const wrong = await post(port, '/login', { name: 'sara', password: 'a wrong secret' })
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    const { cookie, session } = await login(port, 'sara', password)
    expect(session).toMatchObject({ club: 'demo', user: { name: 'sara', role: 'administrator' }, mustChange: false })
    expect(session.may).toContain('member-erase')
    const again = await post(port, '/login', { name: 'sara', password })
    expect(again.headers.get('set-cookie')).toMatch(/^vafa=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const url = `http://127.0.0.1:${port}/session`
    expect(await (await fetch(url, { headers: { cookie } })).json()).toMatchObject({ session: session.session })
    await post(port, '/logout', {}, { cookie })
    expect((await fetch(url, { headers: { cookie } })).status).toBe(401)
  })

  it('gets the page with a policy that lets nothing else in, and no other site may post here', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'self'; .*frame-ancestors 'none'$/)
    const foreign = await post(port, '/login', { name: 'sara', password }, { origin: 'https://elsewhere.example' })
    expect(foreign.status).toBe(403)
    const line = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt', { origin: 'https://elsewhere.example' })
    expect(String(await once(line, 'error'))).toContain('403')
  })

  it('connects by a ticket that is good once, and never by a password', async () => {
    const { cookie } = await login(port, 'aida', password)
    const { default: mqtt } = await import('mqtt')
    const connect = async (username: string, secret: string, clientId = username) => {
      const client = await mqtt.connectAsync(`ws://127.0.0.1:${port}/mqtt`, {
        ...{ clientId, username, password: secret, reconnectPeriod: 0, protocolVersion: 4 as const },
      })
      ends.unshift(() => client.end(true))
    }
    const one = await ticketOf(port, cookie)
    await connect(one.session, one.ticket, one.clientid)
    await expect(connect(one.session, one.ticket, `${one.session}/2`)).rejects.toThrow('Bad username or password')
    await expect(connect('aida', password)).rejects.toThrow('Bad username or password')
  })

  it('and guesses is soon answered late, while others come in', async () => {
    const from = async (localAddress: string, secret: string): Promise<number | undefined> => {
      const request = httpRequest({
        port,
        path: '/login',
        method: 'POST',
        localAddress,
        headers: { 'content-type': 'application/json' },
      })
      request.end(JSON.stringify({ name: 'omid', password: secret }))
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      response.resume()
      return response.statusCode
    }
    expect(await from('127.0.0.3', password)).toBe(200)
    const guesses = []
    for (let guess = 0; guess < 11; guess++) guesses.push(await from('127.0.0.2', `a wrong secret ${guess}`))
    expect([guesses[0], guesses[9], guesses[10]]).toEqual([401, 401, 429])
    expect(await from('127.0.0.2', password)).toBe(429)
    expect(await from('127.0.0.3', password)).toBe(200)
  })

  it('with a one-time password changes it before anything else', async () => {
    const secret = await users.add({ name: 'fresh', role: 'auditor', stores: [], at: new Date(trial.clock.now).toISOString() })
    const page = await openBrowser(port, 'fresh', secret)
    expect([page.session.mustChange, page.session.may]).toEqual([true, []])
    await expect(page.ask('audit', {})).rejects.toThrow('password.one-time')
    const change = (fresh: string) => post(port, '/password', { old: secret, fresh }, { cookie: page.cookie })
    expect((await change('short')).status).toBe(422)
    expect((await change('another long secret')).status).toBe(200)
    expect((await page.ask('audit', { limit: 1 })).entries).toHaveLength(1)
  })
})

/** Of each request something that can be asked, so that only the role decides. */
const samples: { [Name in OfficeRequestName]: OfficeData<Name> } = (() => {
  const text = 'id: p\nversion: 1\ncurrency: IRR\nrules: []\n'
  const [number, why, nobody] = ['90000000', 'a test of roles', '0192f000-0000-7000-8000-000000000001']
  const first = memberNumber(1)
  return {
    stores: {},
    store: { store: 's1' },
    'store-command': { store: 's1', name: 'nothing' },
    members: { find: first },
    member: { number: first },
    'member-timeline': { number: first },
    'member-insight': { number: first },
    'credit-adjust': { number, amount: 1, why },
    'member-erase': { number, again: number, why },
    programmes: {},
    'programme-version': { version: 99 },
    'programme-check': { text },
    'programme-explain': { text },
    'programme-diff': { text },
    'programme-dry-run': { text },
    'programme-draft': { text: '' },
    'programme-publish': { text: 'id: p', why },
    'programme-roll-back': { version: 99, why },
    reports: {},
    report: { name: 'sales', store: 's1', csv: true },
    exposure: {},
    'write-off-box': { store: 's1', boxid: nobody, why },
    'card-stock': {},
    alarms: {},
    quarantine: {},
    quarantined: { id: nobody },
    'quarantine-release': { id: nobody },
    'quarantine-drop': { id: nobody, why },
    audit: { limit: 1 },
    proposals: {},
    approve: { proposalid: nobody },
    refuse: { proposalid: nobody },
    users: {},
    'user-add': { name: 'UPPER', role: 'cashier' } as never,
    'user-role': { name: 'nobody', role: 'cashier' },
    'user-password': { name: 'nobody' },
    'user-remove': { name: 'nobody' },
    'watch-store': { store: 's1' },
  }
})()

describe('on the wire', () => {
  it.each(roles.map((role) => [role]))('a %s is answered what the role may ask, and refused the rest', async (role) => {
    const [name = ''] = Object.entries(loginOf).find(([, one]) => one.role === role) ?? []
    const page = await open(name)
    for (const request of officeRequestNames) {
      const { answer } = headOfficeRequests[request]
      const refused = await page.ask(request, samples[request] as never).then(
        (given) => answer.parse(given) === undefined,
        (error: Error) => error.message === 'role.refused',
      )
      expect([request, refused]).toEqual([request, !(headOfficeRequests[request].roles as readonly Role[]).includes(role)])
    }
  })

  it('a store manager sees the stores of the login, live and by asking, and no other', async () => {
    const page = await open('reza')
    expect((await page.ask('stores', {})).stores.map(({ store }) => store)).toEqual(['s1'])
    await expect(page.ask('store', { store: 's2' })).rejects.toThrow('store.refused')
    await expect(page.ask('report', { name: 'sales' })).rejects.toThrow('store.refused')
    const heard: string[] = []
    const seen = page.live<LiveStore>(topics.store('s1'), ({ store }) => heard.push(store) > 0)
    const other = await trial.connect('s2')
    await other.heartbeat()
    await seen
    const chief = await open('sara')
    await chief.live<LiveStore>(topics.store('s2'), ({ status }) => status === 'online')
    expect(await Promise.race([page.live(topics.store('s2'), () => true), seen.then(() => 'nothing')])).toBe('nothing')
    expect(await Promise.race([page.live(topics.club, () => true), seen.then(() => 'nothing')])).toBe('nothing')
  })

  it('a session in which the role changes is cut, and so is one that ends', async () => {
    const [chief, page] = [await open('sara'), await open('nima')]
    await chief.ask('user-role', { name: 'nima', role: 'cashier', stores: ['s1', 's2'] })
    await page.cut
    const again = await open('nima')
    await post(port, '/logout', {}, { cookie: again.cookie })
    await again.cut
    await users.add({ name: 'brief', role: 'cashier', stores: [], password, at: new Date(trial.clock.now).toISOString() })
    const brief = await open('brief')
    // As `vafa club user remove` does beside the running club.
    users.remove('brief')
    await brief.cut
  })
})

describe('what changes something', () => {
  it('gives a member credit when somebody else agrees, and never by one person alone', async () => {
    const [mina, sara] = [await open('mina'), await open('sara')]
    const number = memberNumber(1)
    const { proposalid } = await mina.ask('credit-adjust', { number, amount: 50_000, why: 'the machine was broken' })
    await expect(mina.ask('approve', { proposalid })).rejects.toThrow('proposal.own')
    const reza = await open('reza')
    await expect(reza.ask('approve', { proposalid })).rejects.toThrow('role.refused')
    expect((await sara.ask('proposals', {})).proposals).toMatchObject([{ proposalid, subject: number, by: 'mina', may: true }])
    await sara.ask('approve', { proposalid })
    await expect(sara.ask('approve', { proposalid })).rejects.toThrow('proposal.unknown')
    expect((await sara.ask('member', { number })).balances).toMatchObject([{ unit: 'credit', available: 50_000 }])
    const { entries } = await sara.ask('member-timeline', { number })
    expect(entries[0]).toMatchObject({ what: 'club.credit-adjusted', transfers: [{ kind: 'credit-adjusted', amount: 50_000 }] })
    const { entries: audit } = await sara.ask('audit', { subject: number })
    expect(audit.map(({ actor, what, result }) => [actor, what, result])).toEqual([
      ['sara', 'approve', 'ok'],
      ['reza', 'approve', 'role.refused'],
      ['mina', 'approve', 'proposal.own'],
      ['mina', 'credit-adjust', 'proposed'],
    ])
    expect(audit[0]).toMatchObject({ before: { credit: 0 }, after: { credit: 50_000 } })
  })

  it('books what was set aside, corrected', async () => {
    const sara = await open('sara')
    const sale = {
      saleid: '0192f000-0000-7000-8000-00000000000a',
      businessdate: '2026-09-05',
      lines: [],
      mode: 'live',
      applied: [],
    }
    const paid = { currency: 'EUR', total: 70_000, payable: 70_000, tenders: [{ kind: 'cash', amount: 70_000 }] }
    const { inReplyTo: id } = await box.fact('vafa.sale.completed.v1', { ...sale, ...paid })
    expect((await sara.ask('quarantine', {})).entries).toMatchObject([
      { eventid: id, store: 's1', type: 'vafa.sale.completed.v1' },
    ])
    const { text } = await sara.ask('quarantined', { id })
    const release = (correction?: string) =>
      sara.ask('quarantine-release', { id, ...(correction === undefined ? {} : { correction }) })
    await expect(release()).rejects.toThrow('quarantine.unbookable')
    expect(await release(text.replace('EUR', 'IRR'))).toEqual({ id, status: 'accepted' })
    expect((await sara.ask('quarantine', {})).entries).toEqual([])
    expect((await sara.ask('audit', { subject: id })).entries.map(({ result }) => result)).toEqual([
      'ok',
      'quarantine.unbookable',
    ])
  })

  it('publishes a programme that the next purchase goes by, and takes it back', async () => {
    const [mina, sara] = [await open('mina'), await open('sara')]
    const text = `id: test\nversion: 2\ncurrency: IRR\nrules:\n  - { id: all, order: 1, when: {}, effects: [{ kind: credit, basisPoints: 2000 }] }\n`
    const credit = async () => (await box.buy([{ product: 'tea', quantity: 1_000, amount: 100_000 } as never])).booked.effects[0]
    expect(await credit()).toMatchObject({ granted: 10_000 })
    expect(await mina.ask('programme-check', { text: text.replace('credit,', 'credits,') })).toMatchObject({
      ok: false,
      problems: [{ line: 5, message: expect.stringContaining('did you mean “credit”?') }],
    })
    expect((await mina.ask('programme-diff', { text })).changes.map(({ name }) => name)).toEqual(['version', 'all'])
    expect(await mina.ask('programme-dry-run', { text })).toMatchObject({ cost: 10_000, better: 1 })
    const publish = await mina.ask('programme-publish', { text, why: 'spring' })
    expect(await credit()).toMatchObject({ granted: 10_000 })
    await sara.ask('approve', publish)
    expect(await credit()).toMatchObject({ granted: 20_000 })
    const back = await mina.ask('programme-roll-back', { version: 1, why: 'too dear' }).catch((error: Error) => error.message)
    expect(back).toBe('programme.unknown')
    const older = text.replace('2000', '500').replace('version: 2', 'version: 3')
    await sara.ask('approve', await mina.ask('programme-publish', { text: older, why: 'saving' }))
    expect(await credit()).toMatchObject({ granted: 5_000 })
    await sara.ask('approve', await mina.ask('programme-roll-back', { version: 2, why: 'they complained' }))
    expect(await credit()).toMatchObject({ granted: 20_000 })
    expect(await sara.ask('programmes', {})).toMatchObject({
      current: { version: 4, text: expect.stringContaining('basisPoints: 2000') },
      published: [{ version: 4, by: 'mina', agreedBy: 'sara' }, { version: 3 }, { version: 2 }],
    })
  })
})

it('a backup has head office’s own file with it, and gives it back where it is lost', async () => {
  const { folder } = trial
  const officeFile = join(folder, 'copy.office')
  const key = readProgrammeKey(join(folder, 'secrets/programme.json'))
  const made = { folder: join(folder, 'backup'), key, vafa: '1', at: '2026-11-22T00:00:00.000Z' }
  await backupBooks({ ...made, path: join(folder, 'club.sqlite'), officeFile: join(folder, 'club.sqlite.office') })
  await restoreBooks({ ...made, path: join(folder, 'copy.sqlite'), officeFile, club: 'demo' })
  expect(statSync(officeFile).mode & 0o777).toBe(0o600)
  const copy = openOfficeDatabase(officeFile)
  expect(createUsers(copy).find('mina')).toMatchObject({ role: 'marketer' })
  copy.close()
})

describe('what is live', () => {
  it('are the sales and taps of a store as they come, of nobody by name', async () => {
    const page = await open('sara')
    const shop = await trial.connect('s2')
    await page.ask('watch-store', { store: 's2' })
    const tapped = page.live<LiveEvent>(topics.events('s2'), ({ what }) => what === 'credential.presented')
    await shop.tap()
    const event = await tapped
    expect(event).toMatchObject({ store: 's2', lane: 'lane-1', device: 'till', credential: 'nfc-uid' })
    expect(JSON.stringify(event)).not.toMatch(/token|member/)
    await shop.buy([{ product: 'tea', quantity: 1_000, amount: 100_000 } as never])
    const now = await page.live<LiveStore>(topics.store('s2'), ({ sales }) => sales === 1)
    expect(now).toMatchObject({ status: 'online', tapsPerMinute: 1, paid: 100_000 })
    const chain = await page.live<LiveClub>(topics.club, ({ sales }) => sales > 0)
    expect(chain.creditIssued).toBeGreaterThanOrEqual(now.creditIssued)
  })
})

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Credential, CredentialKind } from '#protocol/credentials.ts'
import { type RegularsDown, shardOfMember } from '#protocol/regulars.ts'
import { silentLogger } from '#runtime/log.ts'
import { createVirtualRuntime } from '#runtime/virtual-runtime.ts'
import { createClubClock } from '../clock.ts'
import { type BoxDisk, openGatewayDatabase } from '../database.ts'
import { openRegulars, type Regulars } from './regulars.ts'

const boxid = '01900000-0000-7000-8000-0000000000b0'
const sara = '01900000-0000-7000-8000-00000000aaa1'
const shard = shardOfMember(sara)
const token = (letter: string) => letter.repeat(43)
const shown = (kind: CredentialKind, letter = 'S'): Credential => ({ kind, keyid: 'k1', token: token(letter) })
const uid = shown('nfc-uid')
const finger = shown('fingerprint', 'F')
const phone = shown('phone', 'P')

let folder: string
let disk: BoxDisk
let regulars: Regulars
let runtime: ReturnType<typeof createVirtualRuntime>
let clock: ReturnType<typeof createClubClock>
const instant = (ms: number) => new Date(runtime.now() + ms).toISOString()

const open = () => openRegulars({ ...disk, boxid, clock, sequence: () => 7, log: silentLogger, onChange() {} })
const down = (more: { version?: number; boxid?: string; member?: object } = {}): RegularsDown => {
  const { member, ...rest } = more
  return {
    ...{ shard, version: 1, at: instant(0), boxid, uidAtMost: 10_000, ...rest },
    members: [
      {
        ...{ memberid: sara, number: '10000016', version: 1, at: instant(0), visits: 3, purchases: 2 },
        ...{ credit: 90_000, available: 90_000, units: {}, counters: {}, stockCards: true },
        allowance: { serial: 1, credit: 50_000, gifts: 20_000, until: instant(60_000) },
        ...member,
      },
    ],
  }
}
const learn = () => {
  for (const one of [uid, finger, phone]) regulars.learnt(one, sara, runtime.now() + 5_000)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vafa-regulars-'))
  runtime = createVirtualRuntime()
  clock = createClubClock(runtime)
  clock.measured({ sentAt: runtime.now(), receivedAt: runtime.now(), clubTime: runtime.now() })
  disk = openGatewayDatabase(join(folder, 'gateway.sqlite'))
  regulars = open()
})
afterEach(() => {
  disk.database.close()
  rmSync(folder, { recursive: true })
})

describe('a box and its regulars', () => {
  it('a finger spends the whole allowance, a stock card’s UID a little of it, and what anybody can say nothing', () => {
    regulars.accept(down())
    learn()
    expect(regulars.take({ saleid: 's1', shown: phone, credit: 1 })).toBe(false)
    expect(regulars.take({ saleid: 's1', shown: uid, credit: 10_001 })).toBe(false)
    expect(regulars.take({ saleid: 's1', shown: uid, credit: 8_000, gifts: 2_001 })).toBe(false)
    expect(regulars.take({ saleid: 's1', shown: uid, credit: 8_000, gifts: 2_000 })).toBe(true)
    expect(regulars.take({ saleid: 's2', shown: finger, credit: 42_001 })).toBe(false)
    expect(regulars.take({ saleid: 's2', shown: finger, credit: 42_000, gifts: 18_000 })).toBe(true)
    expect(regulars.exposure()).toBe(70_000)
  })

  it('a card that is not of the club’s stock spends nothing', () => {
    regulars.accept(down({ member: { stockCards: false } }))
    learn()
    expect(regulars.take({ saleid: 's1', shown: uid, credit: 1 })).toBe(false)
  })

  it('gives nothing after its time, nor while the club’s time is not known', async () => {
    regulars.accept(down())
    learn()
    await runtime.advance(59_999)
    expect(regulars.spendable(finger, 's1')).toMatchObject({ credit: 50_000 })
    await runtime.advance(1)
    expect(regulars.spendable(finger, 's1')).toMatchObject({ credit: 0, gifts: 0 })
    clock = createClubClock(createVirtualRuntime({ startAt: 0 }))
    regulars = open()
    expect(regulars.find(finger)).toBeDefined()
    expect(regulars.spendable(finger, 's1')).toMatchObject({ credit: 0, gifts: 0 })
  })

  it('what was taken and spent outlasts a restart, and what was given back can be taken again', () => {
    regulars.accept(down())
    learn()
    regulars.take({ saleid: 's1', shown: finger, credit: 30_000 })
    regulars.take({ saleid: 's2', shown: finger, credit: 20_000 })
    regulars.spent('s1', { credit: 25_000, gifts: 0 })
    regulars = open()
    expect(regulars.open()).toEqual(['s2'])
    expect(regulars.take({ saleid: 's3', shown: finger, credit: 5_001 })).toBe(false)
    regulars.giveBack('s2', 'credit')
    expect(regulars.take({ saleid: 's3', shown: finger, credit: 25_000 })).toBe(true)
  })

  it('gives up what it was lent before the club is asked to hold credit, and gives nothing of it any more', () => {
    regulars.accept(down())
    learn()
    regulars.take({ saleid: 's1', shown: finger, credit: 20_000 })
    expect(regulars.giveUp('r1', uid)).toEqual({ serial: 1, credit: 30_000 })
    expect(regulars.giveUp('r2', uid)).toBeUndefined()
    regulars = open()
    expect(regulars.take({ saleid: 's2', shown: finger, credit: 1 })).toBe(false)
    expect(regulars.exposure()).toBe(40_000)
    regulars.keepAfterAll('r1')
    expect(regulars.take({ saleid: 's2', shown: finger, credit: 30_000 })).toBe(true)
  })

  it('gives up what it was lent also for a tap that only the club can verify, and spends nothing by one itself', () => {
    const tap = { kind: 'nfc-sun', keyid: 'k1', proof: 'p', presentationid: '01900000-0000-7000-8000-0000000000d1' } as const
    regulars.accept(down())
    expect(regulars.giveUp('r1', tap)).toBeUndefined()
    regulars.learnt(tap, sara, runtime.now())
    expect(regulars.spendable(tap)).toEqual({ credit: 0, gifts: 0, together: 0 })
    expect(regulars.giveUp('r1', tap)).toEqual({ serial: 1, credit: 50_000 })
  })

  it('knows a member after a restart as sales without the club have left them, until the club says something younger', () => {
    regulars.accept(down())
    learn()
    const before = regulars.find(finger)
    if (!before) throw new Error('nobody')
    regulars.changed({ ...before, visits: 4, credit: 40_000, counters: { 'once|ever': 1 } })
    regulars = open()
    expect(regulars.find(finger)).toMatchObject({ visits: 4, credit: 40_000, counters: { 'once|ever': 1 } })
    regulars.accept(down({ version: 2, member: { visits: 5 } }))
    expect(regulars.find(finger)).toMatchObject({ visits: 5, credit: 90_000 })
    regulars = open()
    expect(regulars.find(finger)).toMatchObject({ visits: 5, counters: {} })
  })

  it('says by which version it gives only when nothing of an older one is under way', () => {
    regulars.accept(down())
    learn()
    regulars.take({ saleid: 's1', shown: finger, credit: 30_000 })
    regulars.accept(down({ version: 2, member: { allowance: { serial: 2, credit: 1_000, gifts: 0, until: instant(60_000) } } }))
    expect(regulars.state()).toMatchObject({ applied: {}, upto: 7 })
    regulars.spent('s1', { credit: 30_000, gifts: 0 })
    expect(regulars.state()).toMatchObject({ applied: { [shard]: 2 } })
    regulars.accept(down({ version: 1 }))
    expect(regulars.spendable(finger, 's2')).toMatchObject({ credit: 1_000 })
  })

  it('knows nobody by a card of before another one of the member’s was blocked, until the club has said it again', () => {
    regulars.accept(down())
    learn()
    expect(regulars.find(uid)).toMatchObject({ memberid: sara })
    regulars.accept(down({ version: 2, member: { cardsSince: instant(60_000) } }))
    expect(regulars.find(uid)).toBeUndefined()
    regulars.learnt(uid, sara, runtime.now() + 90_000)
    expect(regulars.find(uid)).toMatchObject({ memberid: sara })
    regulars.learnt(uid, undefined, runtime.now() + 95_000)
    expect(regulars.find(uid)).toBeUndefined()
  })

  it('gives nothing out of what another installation was lent', () => {
    regulars.accept(down({ boxid: '01900000-0000-7000-8000-0000000000b1' }))
    learn()
    expect(regulars.find(finger)).toMatchObject({ memberid: sara })
    expect(regulars.take({ saleid: 's1', shown: finger, credit: 1 })).toBe(false)
    expect(regulars.exposure()).toBe(0)
  })

  it('leaves neither a token nor anything of a member on its disk that can be read', () => {
    regulars.accept(down({ member: { personal: { area: 'Vanak' } } }))
    learn()
    const known = regulars.find(finger)
    if (known) regulars.changed(known)
    const bytes = Buffer.concat(
      readdirSync(folder).flatMap((file) => (file.endsWith('.key') ? [] : [readFileSync(join(folder, file))])),
    )
    for (const value of [sara, token('S'), token('F'), 'Vanak', '10000016']) expect(bytes.includes(value)).toBe(false)
  })

  it('takes whatever comes as regulars, or refuses it with a reason', () => {
    const any = fc.oneof(
      fc.jsonValue(),
      fc.record({
        shard: fc.integer(),
        version: fc.integer(),
        at: fc.string(),
        boxid: fc.string(),
        members: fc.array(fc.jsonValue()),
      }),
      fc.tuple(fc.constantFrom(...Object.keys(down())), fc.jsonValue()).map(([key, value]) => ({ ...down(), [key]: value })),
      fc
        .tuple(fc.constantFrom(...Object.keys(down().members[0] ?? {})), fc.jsonValue())
        .map(([key, value]) => ({ ...down(), members: [{ ...down().members[0], [key]: value }] })),
    )
    fc.assert(
      fc.property(any, (json) => {
        const reason = regulars.accept(json)
        expect(reason === undefined || reason.length > 0).toBe(true)
      }),
      { numRuns: 10_000 },
    )
  })
})

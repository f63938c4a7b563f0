import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditReport, auditBooks } from '#club/audit/audit.ts'
import { createPepper } from '#club/pepper.ts'
import { clubMigrations } from '#club/store/sqlite-schema.ts'
import { openSqliteSnapshot } from '#club/store/sqlite-snapshot.ts'
import { openSqliteStore } from '#club/store/sqlite-store.ts'
import type { Reply } from '#protocol/reply.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { openDatabase } from '#runtime/sqlite.ts'
import { arrivalOf, card, createBox, hour, idOf, start } from './club-messages.ts'
import { batchOf, tapOf } from './club-proofs-conformance.ts'
import { createPlayer } from './random-history.ts'
import { histories, historyProgramme, historySettings } from './random-steps.ts'

const inFolder = async <T>(work: (path: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-audit-'))
  try {
    return await work(join(folder, 'club.sqlite'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const open = (path: string, current = historyProgramme) =>
  openSqliteStore({ ...historySettings, programmes: { current }, path, uuid: systemRuntime.uuid })
/** Rules that never ask what members told of themselves. */
const impersonal = { ...historyProgramme, rules: historyProgramme.rules.filter((one) => one.id !== 'women') }
const audit = async (path: string, through?: Parameters<typeof auditBooks>[0]['through']): Promise<AuditReport> => {
  const { engine, openFresh, close } = openSqliteSnapshot(path)
  try {
    return await auditBooks({
      books: engine,
      fresh: openFresh,
      pepper: createPepper(historySettings.pepper),
      ...(through ? { through } : {}),
    })
  } finally {
    await close()
  }
}

const batchKeys = { metaReadKey: 'A'.repeat(32), fileReadKey: 'B'.repeat(32) }
const keysOfCard = { uid: '04DE5F1EACC040', ...batchKeys }

it('any history is decided again byte for byte, also beside the running club', async () => {
  await fc.assert(
    fc.asyncProperty(histories(), fc.constantFrom(historyProgramme, impersonal), async (batches, programme) =>
      inFolder(async (path) => {
        const store = await open(path, programme)
        const { play } = createPlayer(store)
        for (const steps of batches) await play(steps)
        const running = await audit(path)
        expect(running.finding).toBeUndefined()
        if (programme === impersonal) expect(running.forgottenFrom).toBeUndefined()
        await store.close()
        expect(await audit(path)).toEqual(running)
      }),
    ),
    { numRuns: 8 },
  )
})

/** Events and transfers that the books have; one that is new belongs here and into random-steps.ts. */
const bookedKinds = [
  'balance-imported',
  'clearing',
  'credit-adjusted',
  'credit-expired',
  'credit-granted',
  'credit-held',
  'credit-redeemed',
  'discount-given',
  'hold-released',
  'members-merged',
  'offline-difference',
  'points-expired',
  'points-granted',
  'stamps-granted',
  'stamps-used',
  'vafa.card.blocked.v1',
  'vafa.card.linked.v1',
  'vafa.club.credit-adjusted.v1',
  'vafa.club.household-joined.v1',
  'vafa.club.member-erased.v1',
  'vafa.club.member-imported.v1',
  'vafa.club.members-merged.v1',
  'vafa.club.quarantine-released.v1',
  'vafa.day.closed.v1',
  'vafa.decision.advised.v1',
  'vafa.club.hold-lapsed.v1',
  'vafa.club.lots-expired.v1',
  'vafa.club.expiry-announced.v1',
  'vafa.club.tier-reviewed.v1',
  'vafa.club.birthday-begun.v1',
  'vafa.club.friend-bought.v1',
  'vafa.sale.returned.v1',
  'vafa.member.enrolled.v1',
  'vafa.member.erased.v1',
  'vafa.member.updated.v1',
  'vafa.offer.reacted.v1',
  'vafa.receipt.claimed.v1',
  'vafa.redemption.captured.v1',
  'vafa.redemption.reserved.v1',
  'vafa.redemption.voided.v1',
  'vafa.sale.completed.v1',
  'vafa.sale.reversed.v1',
  'vafa.survey.answered.v1',
  'vafa.visit.recorded.v1',
  'written-off',
]

it('random histories hold every kind of event that is booked', async () => {
  const seen = new Set<string>()
  for (const batches of fc.sample(histories(40), { numRuns: 12, seed: 7 }))
    await inFolder(async (path) => {
      const store = await open(path)
      const { play } = createPlayer(store)
      for (const steps of batches) await play(steps)
      await store.close()
      const db = openDatabase(path, clubMigrations)
      const types = db
        .prepare<[], { type: string }>('SELECT DISTINCT type FROM journal UNION SELECT DISTINCT kind FROM transfers')
        .all()
      for (const { type } of types) seen.add(type)
      db.close()
    })
  expect([...seen]).toEqual(expect.arrayContaining(bookedKinds))
})

/** Books with a bit of everything: a member with three sales, one of them undone, and one that nobody's card was shown for. */
async function ordinaryBooks(path: string): Promise<void> {
  const store = await open(path)
  const player = createPlayer(store)
  await player.play([{ kind: 'enrol', who: 'sara', mobile: 1 }])
  for (const items of [3, 6, 2]) await player.play([{ kind: 'sale', who: 'sara', items, late: 0, quoted: true }])
  await player.play([
    { kind: 'reverse', of: 1 },
    { kind: 'sale', who: undefined, items: 1, late: 0, quoted: false },
  ])
  await store.close()
}

it('what cards have proven is decided again without their proofs, and so are the alarms that a copy raised', () =>
  inFolder(async (path) => {
    const store = await open(path)
    await store.act([batchOf('spring', batchKeys)])
    const box = createBox()
    const [enrolled, spent] = [tapOf(keysOfCard, 1), tapOf(keysOfCard, 2)]
    const sold = (member: typeof spent) => arrivalOf(box.sale({ total: 40_000_000, member }))
    await store.commitBatch([arrivalOf(box.enrolment('-', { credentials: [enrolled] })), sold(spent)])
    const received = new Date(start).toISOString()
    const copy = box.request('vafa.credential.presented.v1', { credential: tapOf(keysOfCard, 2) })
    await store.answer([arrivalOf(copy, 's1', received)])
    const hold = box.reserve('-', 1_000_000, { member: tapOf(keysOfCard, 3) })
    await store.answer([arrivalOf(hold, 's1', received)])
    await store.commitBatch([sold(tapOf(keysOfCard, 2))])
    expect(await store.alerts({})).toHaveLength(2)
    await store.close()
    expect((await audit(path)).finding).toBeUndefined()
  }))

it('what a one-time code spent is decided again without the code, which the journal does not have', () =>
  inFolder(async (path) => {
    const store = await open(path)
    const box = createBox()
    const sale = box.sale({ total: 40_000_000, member: card('sara') })
    await store.commitBatch([box.enrolment('sara'), sale].map((one) => arrivalOf(one)))
    const received = new Date(start).toISOString()
    const asked = box.request('vafa.code.issued.v1', { member: card('sara'), purpose: 'redeem', amount: 1_000 })
    const { answers } = await store.answer([arrivalOf(asked, 's1', received)])
    const { code = '' } = (JSON.parse(answers[0]?.body ?? '{}') as Reply).code ?? {}
    const member = { kind: 'qr' as const, keyid: 'k1', presentationid: idOf(800_001), proof: `${code}@${start}` }
    const held = await store.answer([arrivalOf(box.reserve('-', 1_000, { member }), 's1', received)])
    expect(held.answers[0]?.body).toContain('"hold"')
    await store.commitBatch([arrivalOf(box.sale({ total: 40_000_000, member }))])
    await store.close()
    const db = openDatabase(path, clubMigrations)
    expect(JSON.stringify(db.prepare('SELECT body, reply FROM journal').all())).not.toContain(code)
    db.close()
    expect((await audit(path)).finding).toBeUndefined()
  }))

it('what boxes were lent, gave and told is decided again byte for byte', () =>
  inFolder(async (path) => {
    const store = await openSqliteStore({
      ...historySettings,
      offline: {
        credit: 50_000,
        share: 5_000,
        gifts: 20_000,
        uidAtMost: 0,
        days: 4,
        regulars: 10,
        seenDays: 1_000,
        everySeconds: 30,
      },
      path,
      uuid: systemRuntime.uuid,
    })
    const box = createBox()
    await store.commitBatch(
      [box.enrolment('sara'), box.sale({ total: 1_000_000, member: card('sara') })].map((one) => arrivalOf(one)),
    )
    const asked = { store: 's1', boxid: idOf(999_000), whole: false }
    const now = '2027-01-01T00:00:00.000Z'
    const told = await store.regulars({ ...asked, now, told: undefined })
    const redemption = { redemptionid: box.nextId(), amount: 20_000 }
    const sale = box.sale({
      total: 300_000,
      member: card('sara'),
      redemption,
      allowance: { serial: 1, credit: 20_000, gifts: 0 },
    })
    const advice = box.fact('vafa.decision.advised.v1', {
      original: sale as Parameters<typeof box.fact<'vafa.decision.advised.v1'>>[1]['original'],
      effects: [{ kind: 'credit', ruleid: 'x', desired: 1, granted: 1, currency: 'IRR' }],
      programmeVersion: 1,
      decidedat: now,
      reference: 'ABCDE-FGHJK',
    })
    await store.commitBatch([arrivalOf(advice), arrivalOf(sale)])
    const later = '2027-01-04T00:00:00.000Z'
    const again = await store.regulars({ ...asked, now: later, told: undefined })
    const applied = Object.fromEntries(again.map(({ shard, version }) => [shard, version]))
    await store.regulars({ ...asked, now: later, told: { members: 1, applied, upto: 4 } })
    expect(told).toHaveLength(1)
    expect((await store.exposure()).boxes).toMatchObject([{ allowances: 1 }])
    await store.close()
    expect((await audit(path)).finding).toBeUndefined()
  }))

describe('an audit names the first row that was changed', () => {
  it.each([
    [
      'an amount',
      'transfers',
      'UPDATE transfers SET amount = amount + 1 WHERE seq = 2000',
      /^chain .*transfers 2000: its link does not follow/,
    ],
    [
      'the way of a transfer',
      'transfers',
      "UPDATE transfers SET credit = 'member:x:credit' WHERE seq = 2000",
      /^chain .*transfers 2000/,
    ],
    [
      'a transfer that was taken out',
      'transfers',
      'DELETE FROM transfers WHERE seq = 3001',
      /^chain .*transfers 3002: the transfer before it, 3001/,
    ],
    ['the last transfers, taken out', 'transfers', 'DELETE FROM transfers WHERE event = 5', /^balances .*balance of /],
    ['an event that was taken out', 'journal', 'DELETE FROM journal WHERE seq = 3', /^journal .*journal 4: the event before it/],
    ['a balance', 'members', 'UPDATE members SET credit = credit + 5000', /^balances .*balance of member:/],
    [
      'a total',
      'totals',
      "UPDATE totals SET balance = 7 WHERE account = 'house:discounts'",
      /^balances .*house:discounts: the books say 7/,
    ],
    ['a lot', 'members', "UPDATE members SET lots = replace(lots, 's1', 's2')", /^balances .*by s2/],
    [
      'a sale',
      'sales',
      'UPDATE sales SET total = total + 1 WHERE sale = 1',
      /^sales .*sales .*: it says 30001 and 30000, and the journal 30000/,
    ],
    [
      'the owner of a card',
      'credentials',
      "UPDATE credentials SET memberid = 'nobody'",
      /^credentials .*its owner nobody is no member/,
    ],
    ['a counter', 'counters', 'UPDATE counters SET used = 0', /^counters .*says 0, and the sales that stand make /],
    [
      'a reply',
      'journal',
      "UPDATE journal SET reply = replace(reply, '20000', '20001') WHERE seq = 2",
      /^decisions .*journal 2 .*reply is “.*20001/,
    ],
    ['an event', 'journal', "UPDATE journal SET body = replace(body, '20000', '30000') WHERE seq = 4", /^(sales|decisions) /],
    [
      'the rules of then',
      'programmes',
      "UPDATE programmes SET document = replace(document, '1000', '2000')",
      /^decisions .*journal 2 /,
    ],
    [
      'how a shop was named',
      'shops',
      "UPDATE shops SET document = replace(document, 'Store s1', 'Shop s1')",
      /^decisions .*Shop s1/,
    ],
    ['visits', 'members', 'UPDATE members SET visits = 99', /^tables .*members .*: visits is “99”, and the journal makes it “2”/],
    ['whose a sale is', 'sales', 'UPDATE sales SET memberid = NULL WHERE sale = 3', /^tables .*sales .*memberid is nothing/],
    [
      'a message that was taken out',
      'messages',
      'DELETE FROM messages',
      /^tables .*messages .*is not there, and follows from the journal/,
    ],
    ['a consent', 'consents', "UPDATE consents SET history = '[]'", /^tables .*consents /],
  ])('%s', async (_what, table, tampering, expected) => {
    await inFolder(async (path) => {
      await ordinaryBooks(path)
      expect((await audit(path)).finding).toBeUndefined()
      const db = openDatabase(path, clubMigrations)
      db.pragma('foreign_keys = OFF')
      db.exec(`DROP TRIGGER IF EXISTS ${table}_keeps; DROP TRIGGER IF EXISTS ${table}_stays; ${tampering}`)
      expect(db.prepare('SELECT changes() AS n').get()).not.toEqual({ n: 0 })
      db.close()
      const { finding } = await audit(path)
      expect(`${finding?.check} – ${finding?.row}: ${finding?.what}`).toMatch(expected)
    })
  })
})

it('a chain that was made anew is whole, and does not pass through an earlier checkpoint', async () => {
  await inFolder(async (path) => {
    await ordinaryBooks(path)
    const { events, last } = await audit(path)
    expect((await audit(path, { events, ...last })).finding).toBeUndefined()
    expect((await audit(path, { events, ...last, chain: 'another' })).finding).toMatchObject({ check: 'checkpoint' })
    expect((await audit(path, { events: events + 1, ...last })).finding).toMatchObject({ check: 'checkpoint' })
    expect((await audit(path, { events, seq: last.seq + 1, chain: last.chain })).finding).toMatchObject({
      check: 'checkpoint',
      what: 'is not there, and the checkpoint states it',
    })
  })
})

it('decides by the rules and shops of then, whatever is in force and configured now', async () => {
  await inFolder(async (path) => {
    await ordinaryBooks(path)
    const next = { ...historyProgramme, version: 4, rules: historyProgramme.rules.slice(0, 1) }
    const shops = historySettings.shops.map((one) => ({ ...one, name: { fa: 'نو', en: 'New' } }))
    const store = await openSqliteStore({
      ...historySettings,
      shops,
      programmes: { current: next },
      path,
      uuid: systemRuntime.uuid,
    })
    const { play } = createPlayer(store, { firstId: 5_000 })
    await play([{ kind: 'sale', who: 'sara', items: 2, late: 0, quoted: true }])
    await store.close()
    expect((await audit(path)).finding).toBeUndefined()
    const db = openDatabase(path, clubMigrations)
    expect(db.prepare('SELECT COUNT(*) AS n FROM programmes').get()).toEqual({ n: 2 })
    expect(db.prepare('SELECT COUNT(*) AS n FROM shops').get()).toEqual({ n: 2 })
    db.close()
  })
})

it('what members told decides again as long as they are not forgotten, and stands in the journal under their own key', async () => {
  await inFolder(async (path) => {
    await ordinaryBooks(path)
    const db = openDatabase(path, clubMigrations)
    const given = db.prepare<[], { given: string }>("SELECT given FROM journal WHERE given LIKE '%personal%'").all()
    db.close()
    expect(given.length).toBeGreaterThan(0)
    expect(given.map((one) => one.given).join()).not.toContain('female')
    expect(await audit(path)).not.toHaveProperty('forgottenFrom')
    const store = await open(path)
    const { box } = createPlayer(store, { firstId: 5_000 })
    const [member] = await store.members()
    await store.commitBatch([arrivalOf(box.fact('vafa.member.erased.v1', { memberid: member?.memberid ?? '' }))])
    await store.close()
    const report = await audit(path)
    expect([report.finding, report.forgottenFrom]).toEqual([undefined, 1])
  })
})

it('a hold that is released after its member turned out to be another one goes back the right way', async () => {
  await inFolder(async (path) => {
    const store = await open(path, impersonal)
    const { play, box } = createPlayer(store)
    await play([{ kind: 'enrol', who: 'sara', mobile: 1 }])
    await play([{ kind: 'enrol', who: 'dara', mobile: null }])
    await play([{ kind: 'spend', who: 'dara', credit: 3, store: 's1', outcome: 'nothing' }])
    const [keep, drop] = await store.members()
    const data = { keep: keep?.number ?? '', drop: drop?.number ?? '' }
    const at = new Date(start + hour).toISOString()
    await store.act([{ id: box.nextId(), at, actor: 'clerk', type: 'vafa.club.members-merged.v1', data }])
    await play([{ kind: 'tick', days: 1 }])
    await store.close()
    expect(await audit(path)).toMatchObject({ club: 'demo', byOthers: 0 })
    expect((await audit(path)).finding).toBeUndefined()
    const db = openDatabase(path, clubMigrations)
    expect(db.prepare("SELECT COUNT(*) AS n FROM transfers WHERE kind = 'hold-released'").get()).toEqual({ n: 1 })
    db.close()
  })
})

it('a member who was joined with an older one stays as old on disk as in memory', async () => {
  await inFolder(async (path) => {
    const store = await open(path, impersonal)
    const { play, box } = createPlayer(store)
    await play([{ kind: 'enrol', who: 'sara', mobile: 1 }])
    await play([{ kind: 'enrol', who: 'dara', mobile: null }])
    const [older, keep] = await store.members()
    const data = { keep: keep?.number ?? '', drop: older?.number ?? '' }
    const at = new Date(start + hour).toISOString()
    await store.act([{ id: box.nextId(), at, actor: 'clerk', type: 'vafa.club.members-merged.v1', data }])
    await store.close()
    expect((await audit(path)).finding).toBeUndefined()
    const db = openDatabase(path, clubMigrations)
    expect(db.prepare('SELECT COUNT(DISTINCT enrolledat) AS n FROM members').get()).toEqual({ n: 1 })
    db.close()
  })
})

it('what a retired key for tokens found no more is decided again as it was, and what it had found before, too', async () => {
  await inFolder(async (path) => {
    const store = await open(path)
    const box = createBox()
    const token = (keyid: string) => ({ kind: 'nfc-uid' as const, keyid, token: `${keyid}-sara`.padEnd(43, 'x') })
    const both = { ...token('k2'), earlier: { keyid: 'k1', token: token('k1').token } }
    const sell = async (member: typeof both | ReturnType<typeof token>, at: number) => {
      const { answers } = await store.commitBatch([
        arrivalOf(box.sale({ total: 1_000, member }, at), 's1', new Date(at).toISOString()),
      ])
      return JSON.parse(answers[0]?.body ?? '{}') as Reply
    }
    const enrolled = { memberid: box.nextId(), credentials: [token('k1')], consents: [] }
    await store.commitBatch([arrivalOf(box.fact('vafa.member.enrolled.v1', enrolled))])
    expect((await sell(both, start)).member).toBeDefined()
    expect((await sell(token('k1'), start)).member).toBeDefined()
    const at = new Date(start + hour).toISOString()
    const data = { keyid: 'k1', step: 'retired' as const }
    await store.act([{ id: box.nextId(), at, actor: 'sana', type: 'vafa.club.token-keys-changed.v1', data }])
    expect(await sell(token('k1'), start + 2 * hour)).toMatchObject({ error: { key: 'credential.key-retired' } })
    expect((await sell(token('k2'), start + 2 * hour)).member).toBeDefined()
    await store.close()
    expect((await audit(path)).finding).toBeUndefined()
  })
})

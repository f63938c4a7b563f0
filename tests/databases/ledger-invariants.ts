import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkTransfers, unitOfAccount } from '#club/audit/transfers.ts'
import type { Reader } from '#club/store/questions.ts'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import type { Reply } from '#protocol/reply.ts'
import { arrivalOf, card, repliesOf } from './club-messages.ts'
import { createPlayer } from './random-history.ts'
import { histories, historySettings, type Step } from './random-steps.ts'

type TransferRow = {
  seq: number
  debit: string
  credit: string
  amount: number
  unit: string
  event: number
  compensates: number | null
  chain: string
}
type MemberRow = { memberid: string; credit: number; units: string; lots: string; holds: string | null }

/** Everything that the books say at one moment. */
interface Dump {
  transfers: TransferRow[]
  journal: { seq: number; id: string; reply: string; status: string }[]
  members: MemberRow[]
  totals: { account: string; balance: number }[]
}

/** Opens the books of a folder, and reads what they hold beside that. */
export interface LedgerOnTrial {
  open(folder: string, settings: StoreSettings): Promise<ClubStore>
  /** What is in the database now, everything that was answered included. */
  read<T>(folder: string, work: (reader: Reader) => Promise<T>): Promise<T>
}

/** Names of the invariants, as mutants and docs/invariants.md name them. */
export const invariants = [
  'every unit adds up to nothing, and every balance is the sum of its transfers',
  'what is booked is never changed: transfers and journal are only added to',
  'an event that comes again changes nothing and gets the same bytes',
  'repeats that come at once are booked once',
  'no update is lost where many come at once',
  'value is conserved: what a sale gave is gone when the sale is',
  'nobody spends what is not there, and no balance goes below zero',
  'units never mix',
  'what was refused is never reported as booked when it comes again',
  'numbers rise in the order of booking',
] as const

/** The laws of the ledger over random histories of every kind of event, whatever database keeps the books. */
export function ledgerInvariants(
  name: string,
  trial: LedgerOnTrial,
  { numRuns = 3, seed }: { numRuns?: number; seed?: number | undefined } = {},
) {
  const dump = (folder: string): Promise<Dump> =>
    trial.read(folder, async ({ query }) => ({
      transfers: await query('SELECT seq, debit, credit, amount, unit, event, compensates, chain FROM transfers ORDER BY seq'),
      journal: await query('SELECT seq, id, reply, status FROM journal ORDER BY seq'),
      members: await query('SELECT memberid, credit, units, lots, holds FROM members ORDER BY memberid'),
      totals: await query('SELECT account, balance FROM totals WHERE balance <> 0 ORDER BY account'),
    }))

  async function withBooks(work: (store: ClubStore, folder: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'vafa-ledger-'))
    const store = await trial.open(folder, historySettings)
    try {
      await work(store, folder)
    } finally {
      await store.close()
      rmSync(folder, { recursive: true })
    }
  }

  const overHistories = (work: (given: { store: ClubStore; folder: string; batches: Step[][] }) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(histories(10), (batches) => withBooks((store, folder) => work({ store, folder, batches }))),
      { numRuns, endOnFailure: true, ...(seed === undefined ? {} : { seed }) },
    )

  async function playAll(store: ClubStore, batches: Step[][]) {
    const player = createPlayer(store)
    for (const steps of batches) await player.play(steps)
    return player
  }

  describe(`the ledger in ${name}`, () => {
    it(invariants[0], () =>
      overHistories(async ({ store, folder, batches }) => {
        await playAll(store, batches)
        expect(await store.audit()).toEqual([])
        const { members, totals } = await dump(folder)
        const sums = new Map<string, number>()
        const add = (account: string, amount: number) => {
          const unit = unitOfAccount(account, 'IRR')
          sums.set(unit, (sums.get(unit) ?? 0) + Number(amount))
        }
        for (const { account, balance } of totals) add(account, balance)
        for (const [account, balance] of members.flatMap(accountsOf)) add(account, balance)
        expect([...sums].filter(([, sum]) => sum !== 0)).toEqual([])
      }),
    )

    it(invariants[1], () =>
      overHistories(async ({ store, folder, batches }) => {
        const { play } = createPlayer(store)
        let before: Dump = { transfers: [], journal: [], members: [], totals: [] }
        for (const steps of batches) {
          await play(steps)
          const after = await dump(folder)
          expect(after.transfers.slice(0, before.transfers.length)).toEqual(before.transfers)
          expect(after.journal.slice(0, before.journal.length)).toEqual(before.journal)
          before = after
        }
      }),
    )

    it(invariants[2], () =>
      overHistories(async ({ store, folder, batches }) => {
        const { sent } = await playAll(store, batches)
        const before = await dump(folder)
        for (const { message, reply } of sent) {
          const again = async () => {
            const { answers } = await store.commitBatch([arrivalOf(message, storeOf(message))])
            return answers.map((one) => one.body)
          }
          const first = await again()
          if (reply !== undefined) expect(first).toEqual([reply])
          expect(await again()).toEqual(first)
        }
        expect(await dump(folder)).toEqual(before)
      }),
    )

    it(invariants[3], () =>
      overHistories(async ({ store, folder, batches }) => {
        const { box } = await playAll(store, batches)
        const before = await dump(folder)
        const fact = box.sale({ total: 30_000, member: card('sara') })
        const outcomes = await Promise.all([3, 1, 2].map((times) => store.commitBatch(Array(times).fill(arrivalOf(fact)))))
        const bodies = outcomes.flatMap(({ answers }) =>
          answers.filter((one) => one.inReplyTo === fact.id).map((one) => one.body),
        )
        expect([bodies.length, new Set(bodies).size]).toEqual([6, 1])
        const after = await dump(folder)
        expect(after.journal.length).toBe(before.journal.length + 1)
        expect(after.journal.filter((one) => one.id === fact.id).length).toBe(1)
        const fresh = after.transfers.slice(before.transfers.length)
        expect(new Set(fresh.map((one) => one.event)).size).toBeLessThanOrEqual(1)
        expect(await store.audit()).toEqual([])
      }),
    )

    it(invariants[4], () =>
      overHistories(async ({ store, folder, batches }) => {
        const { box } = await playAll(store, batches)
        const before = (await store.totals()).sales
        const sales = Array.from({ length: 12 }, () => box.sale({ total: 30_000, member: card('sara') }))
        const purchases = async () => (await store.members()).reduce((sum, one) => sum + one.purchases, 0)
        const bought = await purchases()
        const outcomes = await Promise.all(sales.map((one) => store.commitBatch([arrivalOf(one)])))
        expect((await store.totals()).sales).toBe(before + sales.length)
        const ids = new Set(sales.map((one) => one.id))
        const replies = outcomes.flatMap(repliesOf).filter((one) => ids.has(one.inReplyTo))
        expect((await purchases()) - bought).toBe(replies.filter((one) => one.member !== undefined).length)
        // Each of them found what the one before it had left.
        const credits = replies.map(creditIn)
        const given = replies.map(grantedIn)
        for (let n = 1; n < sales.length; n++) expect(credits[n]).toBe((credits[n - 1] ?? 0) + (given[n] ?? 0))
        expect(await store.audit()).toEqual([])
        expect((await dump(folder)).transfers.every((one) => Number(one.amount) > 0)).toBe(true)
      }),
    )

    it(invariants[5], () =>
      overHistories(async ({ store, folder, batches }) => {
        const { box } = await playAll(store, batches)
        const [applied, member] = [[{ kind: 'discount' as const, ruleid: 'large', amount: 3_000, currency: 'IRR' }], card('sara')]
        const lines = [{ product: 'latte', category: 'coffee', quantity: 6, amount: 60_000 }]
        const fact = box.sale({ total: 60_000, lines, member, applied })
        const before = await dump(folder)
        await store.commitBatch([arrivalOf(fact)])
        await store.commitBatch([arrivalOf(box.reversal(fact.data.saleid))])
        const after = await dump(folder)
        const moved = new Map<string, number>()
        for (const one of after.transfers.slice(before.transfers.length)) {
          moved.set(one.credit, (moved.get(one.credit) ?? 0) + Number(one.amount))
          moved.set(one.debit, (moved.get(one.debit) ?? 0) - Number(one.amount))
        }
        expect([...moved].filter(([, amount]) => amount !== 0)).toEqual([])
        expect(after.totals).toEqual(before.totals)
      }),
    )

    it(invariants[6], () =>
      overHistories(async ({ store, folder, batches }) => {
        const { play } = createPlayer(store)
        for (const steps of batches) {
          await play(steps)
          const { members } = await dump(folder)
          const imported = await debts(folder)
          const below = members.flatMap(accountsOf).filter(([account, balance]) => balance < 0 && !imported.has(account))
          expect(below).toEqual([])
        }
      }),
    )

    it(invariants[7], () =>
      overHistories(async ({ store, folder, batches }) => {
        await playAll(store, batches)
        const { transfers } = await dump(folder)
        for (const { debit, credit, unit } of transfers)
          expect([debit, credit].map((one) => unitOfAccount(one, 'IRR'))).toEqual([unit, unit])
      }),
    )

    it(invariants[8], () =>
      overHistories(async ({ store, batches }) => {
        const { sent, box } = await playAll(store, batches)
        const foreign = { ...box.sale({ total: 5_000, member: card('sara') }) }
        const wrong = { ...foreign, data: { ...foreign.data, currency: 'EUR' } }
        const [refused] = repliesOf(await store.commitBatch([arrivalOf(wrong)]))
        expect(refused?.status).toBe('quarantined')
        for (const { message, reply } of [...sent, { message: wrong, reply: JSON.stringify(refused) }]) {
          if (reply === undefined || (JSON.parse(reply) as Reply).status === 'accepted') continue
          const before = (await store.totals()).transfers
          for (const one of repliesOf(await store.commitBatch([arrivalOf(message, storeOf(message))])))
            expect(one.status).not.toBe('accepted')
          expect((await store.totals()).transfers).toBe(before)
        }
      }),
    )

    it(invariants[9], () =>
      overHistories(async ({ store, folder, batches }) => {
        const { play } = createPlayer(store)
        let last = -1
        for (const steps of batches) {
          const known = new Set((await dump(folder)).transfers.map((one) => one.seq))
          await play(steps)
          const { journal, transfers } = await dump(folder)
          expect(journal.map((one) => Number(one.seq))).toEqual(journal.map((_, index) => index + 1))
          const fresh = transfers.filter((one) => !known.has(one.seq)).map((one) => Number(one.seq))
          expect(fresh.filter((seq) => seq <= last)).toEqual([])
          // The chain was made in the order of booking: it is whole only where the numbers rise in that order.
          expect(await trial.read(folder, (reader) => checkTransfers(reader, { currency: 'IRR' }))).not.toHaveProperty('check')
          last = Number(transfers.at(-1)?.seq ?? -1)
        }
      }),
    )
  })

  /** Accounts that came from another club with a debt, or were joined with one: nothing was spent there. */
  const debts = (folder: string): Promise<Set<string>> =>
    trial.read(folder, async ({ query }) => {
      const rows = await query<{ debit: string }>(
        "SELECT DISTINCT debit FROM transfers WHERE kind IN ('balance-imported', 'members-merged') AND debit LIKE 'member:%'",
      )
      return new Set(rows.map((one) => one.debit))
    })
}

const storeOf = (message: object): string => ((message as { source?: string }).source?.includes('/s2/') ? 's2' : 's1')
const creditIn = ({ balances }: Reply): number => {
  const own = balances?.find((one) => one.unit === 'credit')
  return (own?.available ?? 0) + (own?.pending ?? 0)
}
const grantedIn = ({ effects }: Reply): number =>
  effects.reduce((sum, one) => (one.kind === 'credit' ? sum + one.granted : sum), 0)

function accountsOf({ memberid, credit, units, holds }: MemberRow): [string, number][] {
  const held = (JSON.parse(holds ?? '[]') as { amount: number }[]).reduce((sum, one) => sum + one.amount, 0)
  return [
    [`member:${memberid}:credit`, Number(credit)],
    [`member:${memberid}:held`, held],
    ...Object.entries(JSON.parse(units) as Record<string, number>).map(([unit, balance]): [string, number] => [
      `member:${memberid}:${unit}`,
      balance,
    ]),
  ]
}

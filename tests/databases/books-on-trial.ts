import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { ClubStore, StoreSettings } from '#club/store/store.ts'
import { type Reply, reply as replySchema } from '#protocol/reply.ts'
import { arrivalOf, createBox, repliesOf, start } from './club-messages.ts'

/** Opens the same books again for the same folder, in the database that is tried. */
export type OpenBooks = (folder: string, settings: StoreSettings) => Promise<ClubStore>

/** Fresh books for each test of a group, and a box of the store `s1` that speaks to them. */
export function booksOnTrial(open: OpenBooks, settings: StoreSettings) {
  let folder: string
  let store: ClubStore
  let isOpen = false
  let box: ReturnType<typeof createBox>

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vafa-club-'))
    store = await open(folder, settings)
    isOpen = true
    box = createBox()
  })
  const close = async () => {
    if (isOpen) await store.close()
    isOpen = false
  }
  afterEach(async () => {
    await close()
    rmSync(folder, { recursive: true })
  })

  const take = async (...messages: object[]): Promise<Reply[]> =>
    repliesOf(await store.commitBatch(messages.map((one) => arrivalOf(one)))).map((one) => replySchema.parse(one))
  const takeOne = async (message: object): Promise<Reply> => {
    const [first] = await take(message)
    if (!first) throw new Error('no reply')
    return first
  }
  const member = async (who: string) => {
    const { member } = await takeOne(box.enrolment(who))
    if (!member) throw new Error('not enrolled')
    return member
  }
  return {
    get folder() {
      return folder
    },
    get store() {
      return store
    },
    get box() {
      return box
    },
    take,
    takeOne,
    async ask(message: object, at = start): Promise<Reply> {
      const [first] = repliesOf(await store.answer([arrivalOf(message, 's1', new Date(at).toISOString())]))
      return replySchema.parse(first)
    },
    /** Signs somebody up with a card of that name. */
    member,
    async enrol(who: string): Promise<string> {
      return (await member(who)).memberid
    },
    /** To look at what lies in the folder, until `reopen`. */
    close,
    async reopen(by = settings): Promise<void> {
      await close()
      store = await open(folder, by)
      isOpen = true
    },
    /** No balance differs from its transfers, and each unit adds up to nothing. */
    async balanced(): Promise<void> {
      expect(await store.audit()).toEqual([])
      const { accounts } = await store.totals()
      const sums: Record<string, number> = {}
      const add = (unit: string, amount: number) => {
        sums[unit] = (sums[unit] ?? 0) + amount
      }
      for (const [account, balance] of Object.entries(accounts))
        add(/^house:[a-z-]+:(.+)$/.exec(account)?.[1] ?? 'money', balance)
      for (const { credit, units } of await store.members()) {
        add('money', credit)
        for (const [unit, balance] of Object.entries(units)) add(unit, balance)
      }
      expect(Object.entries(sums).filter(([, sum]) => sum !== 0)).toEqual([])
    },
  }
}

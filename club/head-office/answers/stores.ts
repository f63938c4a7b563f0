import type { OfficeSale, storeRequests } from '#protocol/head-office/stores.ts'
import { VafaError } from '#runtime/errors.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { CommandDesk } from '../../commanding.ts'
import type { ClubConfig } from '../../config.ts'
import { dayOf } from '../../insight/civil-day.ts'
import type { ClubStore, SaleRecord } from '../../store/store.ts'
import { boundStores } from '../access.ts'
import type { Answers } from '../asker.ts'
import type { LiveStores } from '../live-stores.ts'
import { storeCommands } from '../store-commands.ts'

const salesShown = 30

export const officeSaleOf = ({ eventid: _, memberid: __, ...sale }: SaleRecord): OfficeSale => sale

/** Stores, and what is done at their boxes. */
export function storeAnswers(parts: {
  club: string
  stores: ClubConfig['stores']
  currency(): string
  books: Pick<ClubStore, 'sales' | 'dayCloses'>
  live: Pick<LiveStores, 'stateOf' | 'devicesOf'>
  command: CommandDesk['command']
  runtime: Runtime
}): Answers<keyof typeof storeRequests> {
  const { club, stores, books, live, command, runtime } = parts
  const shown = ({ store, name, moneyShown, place }: ClubConfig['stores'][number]) => ({
    store,
    name: name ?? { fa: store, en: store },
    moneyShown,
    ...(place ? { place } : {}),
  })
  const find = (store: string) => {
    const found = stores.find((one) => one.store === store)
    if (found) return found
    throw new VafaError({ key: 'store.unknown', message: `the club has no store “${store}”`, hint: 'club.yaml names them' })
  }
  return {
    stores(_, { user }) {
      const bound = boundStores(user)
      const seen = stores.filter(({ store }) => bound?.includes(store) ?? true)
      return { club, currency: parts.currency(), stores: seen.map(shown) }
    },
    async store({ store }) {
      const found = find(store)
      const today = dayOf(new Date(runtime.now()).toISOString())
      const lanes = (await books.dayCloses({ from: today, to: today })).filter((one) => one.store === store)
      const state = live.stateOf(store)
      return {
        store: shown(found),
        ...(state ? { state } : {}),
        devices: live.devicesOf(store),
        lanes: lanes.map(({ lane, club: { sales, total, discount, reversed }, closedAt }) => ({
          ...{ lane, sales, total, discount, reversed },
          ...(closedAt === undefined ? {} : { closedAt }),
        })),
        sales: (await books.sales({ store, limit: salesShown })).map(officeSaleOf),
        commands: storeCommands,
      }
    },
    async 'store-command'({ store, name, data }, { user, tell }) {
      tell({ subject: store, data: { name, ...data } })
      find(store)
      if (!storeCommands.some((one) => one.name === name))
        throw new VafaError({ key: 'request.invalid', message: `no box does “${name}” for a page`, hint: 'docs/remote-hands.md' })
      const { status, data: given, error } = await command({ store, name, data, actor: user.name })
      tell({ after: error ? { status, error: error.key } : { status } })
      return { status, ...(given ? { data: given } : {}), ...(error ? { error } : {}) }
    },
  }
}

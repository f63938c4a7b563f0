import type { reportRequests } from '#protocol/head-office/reports.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import { reports } from '../../reports/catalogue.ts'
import { reportNames } from '../../reports/names.ts'
import type { ClubStore } from '../../store/store.ts'
import { boundStores } from '../access.ts'
import type { Analyst } from '../analyst.ts'
import type { Answers } from '../asker.ts'

/** Figures: reports, what stores can give without the club, cards, alarms. */
export function reportAnswers(parts: {
  books: Pick<ClubStore, 'exposure' | 'writeOffBox' | 'stock' | 'alerts'>
  analyst: Pick<Analyst, 'ask'>
  runtime: Runtime
}): Answers<keyof typeof reportRequests> {
  const { books, analyst, runtime } = parts
  return {
    reports: () => ({ reports: reportNames.map((name) => ({ name, title: reports[name].title, months: reports[name].months })) }),
    report: (asked) => analyst.ask('report', asked),
    exposure: () => books.exposure(),
    async 'write-off-box'({ store, boxid, why }, { user, tell }) {
      tell({ subject: store, data: { boxid, why } })
      const ended = await books.writeOffBox({ store, boxid, actor: user.name, why, at: isoNow(runtime) })
      if (ended === 0)
        throw new VafaError({
          key: 'exposure.unknown',
          message: `nothing is lent to a box ${boxid} of ${store}`,
          hint: 'the list of what is lent names the boxes',
        })
      tell({ after: { ended } })
      return { ended }
    },
    async 'card-stock'(_, { user }) {
      const bound = boundStores(user)
      const batches = await books.stock()
      return { batches: batches.filter(({ store }) => !bound || (store !== undefined && bound.includes(store))) }
    },
    async alarms({ limit }, { user }) {
      const bound = boundStores(user)
      const alarms = await books.alerts({ limit })
      return {
        alarms: alarms
          .filter(({ store }) => !bound || (store !== undefined && bound.includes(store)))
          .map(({ alert, ruleid, text, store, memberid, at }) => ({
            ...{ alert, ruleid, text, at },
            ...(store === undefined ? {} : { store }),
            ...(memberid === undefined ? {} : { memberid }),
          })),
      }
    },
  }
}

import { headOfficeRequests, type OfficeRequestName, officeRequestNames } from '#protocol/head-office/requests.ts'
import type { Role } from '#protocol/head-office/roles.ts'
import { boundToStores } from '#protocol/head-office/roles.ts'
import { liveTopics, officeTopics } from '#protocol/topics.ts'

/** Who asks: a role, and the stores that the login is bound to (none: all). */
export interface Standing {
  role: Role
  stores: readonly string[]
}

/** The stores that somebody is bound to; undefined: all. */
export const boundStores = ({ role, stores }: Standing): readonly string[] | undefined =>
  boundToStores.has(role) && stores.length > 0 ? stores : undefined

export const mayAsk = (role: Role, name: OfficeRequestName): boolean =>
  (headOfficeRequests[name].roles as readonly Role[]).includes(role)

export const requestsOf = (role: Role): OfficeRequestName[] => officeRequestNames.filter((name) => mayAsk(role, name))

/** Who may agree to what somebody else proposed. */
export function mayAgree(role: Role, name: string): boolean {
  if (!Object.hasOwn(headOfficeRequests, name)) return false
  const request = headOfficeRequests[name as OfficeRequestName]
  return 'second' in request && (request.second as readonly Role[]).includes(role)
}

export type StoreRefusal = 'store.refused' | undefined

/** Whether a request is about a store that the login may see. */
export function storeRefusal(who: Standing, name: OfficeRequestName, data: unknown): StoreRefusal {
  const bound = boundStores(who)
  const request = headOfficeRequests[name]
  if (!bound || !('store' in request)) return undefined
  const store = (data as { store?: unknown }).store
  if (store === undefined) return request.store === 'must' ? 'store.refused' : undefined
  return bound.includes(String(store)) ? undefined : 'store.refused'
}

/** What one session may do at the pages' broker: ask in its own name, read its own answers and what its login may see. */
export function pageAccess(club: string, { session, ...who }: Standing & { session: string }) {
  const own = officeTopics(club, session)
  const live = liveTopics(club)
  const bound = boundStores(who)
  const stores = bound && new Set(bound.flatMap((store) => [live.store(store), live.events(store)]))
  const requests = own.request('')
  return {
    mayPublish: (topic: string) => topic.startsWith(requests) && /^[a-z0-9-]{1,40}$/.test(topic.slice(requests.length)),
    /** Asked for filters, and again for each topic before it is delivered: a wide filter shows no more than a narrow one. */
    maySubscribe(filter: string): boolean {
      if (filter === own.responses) return true
      if (filter === live.all || filter === live.stores) return true
      if (filter.includes('+') || filter.includes('#') || !filter.startsWith(live.club.slice(0, -'club'.length))) return false
      return stores === undefined || stores.has(filter)
    },
  }
}

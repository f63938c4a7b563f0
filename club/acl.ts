import { prefixOf, storeTopics } from '#protocol/topics.ts'

/** Below a store's own topics. Shared by all stores: a regular expression of each one's own costs every coming box its compiling. */
const said = /^(?:(?:requests|facts)\/\d{2}|state|devices\/[a-z0-9-]{1,40}|results\/[a-z0-9-]{1,40})$/
const heard = /^(?:replies|state|commands\/(?:\+|[a-z0-9-]{1,40})|down\/(?:\+|[a-z0-9-]{1,40}))$/

/** Of what stores say, the part that is for the club alone: no store may read it. */
export function saidToTheClub(club: string): (topic: string) => boolean {
  const stores = `${prefixOf(club)}/stores/`
  return (topic) => topic.startsWith(stores) && /^[a-z0-9-]{1,40}\/(?:requests|facts)\/\d{2}$/.test(topic.slice(stores.length))
}

/** What a store may do at the club's broker: speak in its own name, read what is addressed to it. */
export function storeAccess(club: string, store: string) {
  const own = `${storeTopics(club, store).base}/`
  return {
    mayPublish: (topic: string) => topic.startsWith(own) && said.test(topic.slice(own.length)),
    maySubscribe: (filter: string) => filter.startsWith(own) && heard.test(filter.slice(own.length)),
  }
}

import { storeTopics } from '#protocol/topics.ts'

/** Below a store's own topics. Shared by all stores: a regular expression of each one's own costs every coming box its compiling. */
const said = /^(?:(?:requests|facts)\/\d{2}|state|devices\/[a-z0-9-]{1,40}|results\/[a-z0-9-]{1,40})$/
const heard = /^(?:replies|state|commands\/(?:\+|[a-z0-9-]{1,40})|down\/(?:\+|[a-z0-9-]{1,40}))$/

/** What a store may do at the club's broker: speak in its own name, read what is addressed to it. */
export function storeAccess(club: string, store: string) {
  const own = `${storeTopics(club, store).base}/`
  return {
    mayPublish: (topic: string) => topic.startsWith(own) && said.test(topic.slice(own.length)),
    maySubscribe: (filter: string) => filter.startsWith(own) && heard.test(filter.slice(own.length)),
  }
}

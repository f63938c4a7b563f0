import { storeTopics } from '#protocol/topics.ts'

/** What a store may do at the club's broker: speak in its own name, read what is addressed to it. */
export function storeAccess(club: string, store: string) {
  const { base } = storeTopics(club, store)
  const publish = new RegExp(`^${base}/(?:(?:requests|facts)/\\d{2}|state|devices/[a-z0-9-]{1,40}|results/[a-z0-9-]{1,40})$`)
  const subscribe = new RegExp(`^${base}/(?:replies|state|commands/(?:\\+|[a-z0-9-]{1,40})|down/(?:\\+|[a-z0-9-]{1,40}))$`)
  return {
    mayPublish: (topic: string) => publish.test(topic),
    maySubscribe: (filter: string) => subscribe.test(filter),
  }
}

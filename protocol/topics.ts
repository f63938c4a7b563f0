/** Every topic of the wire is made and read here, and nowhere else. */

export const shardCount = 64

/** 32-bit FNV-1a over the order key's UTF-8: spreads load only; correctness never depends on it. */
export function shardOf(orderkey: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(orderkey)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return String(hash % shardCount).padStart(2, '0')
}

export const prefixOf = (club: string): string => `vafa/v1/${club}`

/** The topics of one store at the club's broker. */
export function storeTopics(club: string, store: string) {
  const base = `${prefixOf(club)}/stores/${store}`
  return {
    base,
    requests: (orderkey: string) => `${base}/requests/${shardOf(orderkey)}`,
    facts: (orderkey: string) => `${base}/facts/${shardOf(orderkey)}`,
    replies: `${base}/replies`,
    state: `${base}/state`,
    device: (device: string) => `${base}/devices/${device}`,
    command: (name: string) => `${base}/commands/${name}`,
    commands: `${base}/commands/+`,
    result: (name: string) => `${base}/results/${name}`,
    down: (what: string) => `${base}/down/${what}`,
    downs: `${base}/down/+`,
  }
}

/** Filters that take in all stores of a club: one subscription for a thousand of them. */
export function everyStore(club: string) {
  const base = `${prefixOf(club)}/stores/+`
  return {
    facts: `${base}/facts/+`,
    requests: `${base}/requests/+`,
    state: `${base}/state`,
    devices: `${base}/devices/+`,
    result: (name: string) => `${base}/results/${name}`,
  }
}

/** The topics of one lane at the box's own broker. */
export function laneTopics(club: string, store: string, lane: string) {
  const base = `${prefixOf(club)}/stores/${store}/lanes/${lane}`
  return { input: `${base}/input`, screen: `${base}/screen`, replies: `${base}/replies` }
}

/** What head office's pages read as it changes. `events` is told only while somebody looks at the store. */
export function liveTopics(club: string) {
  const base = `${prefixOf(club)}/live`
  return {
    all: `${base}/#`,
    club: `${base}/club`,
    alarms: `${base}/alarms`,
    stores: `${base}/stores/+`,
    store: (store: string) => `${base}/stores/${store}`,
    events: (store: string) => `${base}/events/${store}`,
  }
}

/** The topics of one session of a page of head office's. */
export function officeTopics(club: string, session: string) {
  const base = `${prefixOf(club)}/hq/sessions/${session}`
  return {
    request: (name: string) => `${base}/requests/${name}`,
    requests: `${base}/requests/+`,
    responses: `${base}/responses`,
  }
}

const officePattern = /^vafa\/v1\/([a-z0-9-]{1,40})\/hq\/sessions\/([a-z0-9-]{1,40})\/requests\/([a-z0-9-]{1,40})$/

/** Reads the topic of a page's request. */
export function parseOfficeTopic(topic: string): { club: string; session: string; name: string } | undefined {
  const match = officePattern.exec(topic)
  if (!match?.[1] || !match[2] || !match[3]) return undefined
  return { club: match[1], session: match[2], name: match[3] }
}

export type StoreTopic = { club: string; store: string; channel: string; rest: string }

const storePattern = /^vafa\/v1\/([a-z0-9-]{1,40})\/stores\/([a-z0-9-]{1,40})\/([a-z]+)(?:\/(.+))?$/

/** Reads a topic of a store: `channel` is `facts`, `requests`, `state` …, `rest` what follows it. */
export function parseStoreTopic(topic: string): StoreTopic | undefined {
  const match = storePattern.exec(topic)
  if (!match?.[1] || !match[2] || !match[3]) return undefined
  return { club: match[1], store: match[2], channel: match[3], rest: match[4] ?? '' }
}

/** A box that is copied shows itself: two that hold one identity push each other off the broker, or send under two box ids in turns. */
export interface TwinWatch {
  connected(store: string, at: number): string | undefined
  /** What a store's state says of the installation. */
  seen(store: string, boxid: string, at: number): string | undefined
}

const withinMs = 60_000
const connectionsMost = 4

/** `at`: milliseconds that never go back. Gives what is wrong, once each time that it begins. */
export function watchTwins(): TwinWatch {
  const connections = new Map<string, number[]>()
  const installations = new Map<string, { current: string; before: Map<string, number> }>()
  return {
    connected(store, at) {
      const recent = [...(connections.get(store) ?? []), at].filter((one) => one > at - withinMs)
      if (recent.length <= connectionsMost) {
        connections.set(store, recent)
        return undefined
      }
      connections.set(store, [])
      return `connected ${recent.length} times within a minute: two boxes may be using the identity of ${store}`
    },
    seen(store, boxid, at) {
      const known = installations.get(store)
      if (known?.current === boxid) return undefined
      const left = known?.before.get(boxid)
      const before = new Map(known?.before)
      if (known) before.set(known.current, at)
      before.delete(boxid)
      installations.set(store, { current: boxid, before })
      if (left === undefined) return undefined
      return `installation ${boxid} is back after ${known?.current} had taken its place: two boxes use the identity of ${store}`
    },
  }
}

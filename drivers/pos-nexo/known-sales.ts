import { z } from 'zod'
import { tillSale } from '#protocol/lane.ts'
import { amount } from '#protocol/money.ts'
import type { DeviceMemory } from '../contract.ts'
import type { KnownSale } from './mapping.ts'

/** As it lies in the device's memory. Who rang it up is left out: it may be a person's name. */
const kept = z.object({
  basket: tillSale,
  payable: amount,
  redeemed: amount,
  told: amount,
  items: z.array(z.number()),
  paid: z.boolean(),
})

const mostInHand = 200

/** The sales of a till's week: what was quoted, so that a restart of the box between Rebate and Award costs nothing. */
export function createKnownSales(memory: DeviceMemory) {
  const inHand = new Map<string, KnownSale>()
  const keyOf = (saleid: string) => `sale|${saleid}`
  return {
    find(saleid: string): KnownSale | undefined {
      const known = inHand.get(saleid)
      if (known) return known
      const text = memory.find(keyOf(saleid))
      return text === undefined ? undefined : kept.safeParse(JSON.parse(text)).data
    },
    keep(saleid: string, sale: KnownSale): void {
      inHand.delete(saleid)
      inHand.set(saleid, sale)
      if (inHand.size > mostInHand) inHand.delete(inHand.keys().next().value ?? '')
      const { operator: _, shift: __, ...basket } = sale.basket
      memory.keep(keyOf(saleid), JSON.stringify({ ...sale, basket }))
    },
  }
}
export type KnownSales = ReturnType<typeof createKnownSales>

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { StoreSettings } from '#club/store/store.ts'
import { programmeSchema } from '#programme/schema.ts'
import { makeSealingKey } from '#protocol/sealing.ts'

/** The first rules: 10 %, 15 % from the 11th visit on, 5 % off the first purchase. */
export const firstProgramme = programmeSchema.parse(
  parse(readFileSync(new URL(import.meta.resolve('#programme/default.yaml')), 'utf8')),
)
const sealingKey = makeSealingKey('seal-1')

export const storeSettings: StoreSettings = {
  club: 'demo',
  shops: ['s1', 's2'].map((store) => ({
    club: 'demo',
    store,
    name: { fa: `فروشگاه ${store}`, en: `Store ${store}` },
    moneyShown: 'toman',
  })),
  programmes: { current: firstProgramme },
  pepper: 'a pepper for tests',
  sealingKey,
}

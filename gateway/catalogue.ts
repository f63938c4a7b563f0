import { type CatalogueDown, type CatalogueProduct, catalogueDown } from '#protocol/catalogue.ts'

/** The chain's products as they come down, part by part: a version decides once it is here whole. */
export function createCatalogue() {
  const parts = new Map<number, CatalogueDown>()
  let products: ReadonlyMap<string, CatalogueProduct> = new Map()
  return {
    products: () => products,
    /** Takes one part; the reason where it is refused. */
    accept(json: unknown): string | undefined {
      const read = catalogueDown.safeParse(json)
      if (!read.success) return read.error.issues[0]?.message ?? 'invalid'
      const { data } = read
      parts.set(data.part, data)
      const whole = Array.from({ length: data.parts }, (_, n) => parts.get(n + 1))
      if (whole.some((one) => one?.version !== data.version)) return undefined
      products = new Map(whole.flatMap((one) => one?.products ?? []).map((one) => [one.product, one]))
      return undefined
    },
  }
}

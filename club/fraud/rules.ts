import { z } from 'zod'

const often = (most: number, what: string) =>
  z
    .union([
      z.literal('off'),
      z.strictObject({
        most: z
          .int()
          .min(1)
          .default(most)
          .meta({ description: `${what} in that time; one more is told` }),
        minutes: z.int().min(1).max(1_440).default(60).meta({ description: 'in how many minutes' }),
      }),
    ])
    .prefault({})

/** `velocity:` of club.yaml: what happens too fast to be true. */
export const velocityConfig = z.strictObject({
  twoStores: z
    .union([
      z.literal('off'),
      z.strictObject({
        minutes: z
          .int()
          .min(1)
          .max(720)
          .default(10)
          .meta({ description: 'one card in two stores within so many minutes is told, where either has no place' }),
        kilometresPerHour: z
          .int()
          .min(1)
          .max(1_000)
          .default(100)
          .meta({ description: 'how fast somebody can be between stores that have a place (as the crow flies)' }),
      }),
    ])
    .prefault({}),
  redemptions: often(20, 'sales with credit of one cashier'),
  returns: often(10, 'returns and reversals of one cashier'),
})
export type VelocityConfig = z.infer<typeof velocityConfig>

/** Where a store is, degrees (WGS 84). */
export const place = z.strictObject({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) })
export type Place = z.infer<typeof place>

/** The longest way that is looked at. */
export const longestMs = 12 * 3_600_000
const minuteMs = 60_000
const earthKm = 6_371

/** As the crow flies, kilometres (haversine). */
export function kilometresBetween(a: Place, b: Place): number {
  const widths = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude))
  return kilometresAcross(half(b.latitude - a.latitude) + widths * half(b.longitude - a.longitude))
}

const radians = (degrees: number) => (degrees * Math.PI) / 180
const half = (degrees: number) => Math.sin(radians(degrees) / 2) ** 2
const kilometresAcross = (haversine: number) => 2 * earthKm * Math.asin(Math.sqrt(Math.min(1, haversine)))

/** In how many milliseconds nobody gets from one store to another; at most `longestMs`. */
export function wayMs(
  { minutes, kilometresPerHour }: { minutes: number; kilometresPerHour: number },
  from: Place | undefined,
  to: Place | undefined,
): number {
  if (!from || !to) return minutes * minuteMs
  return Math.min(longestMs, (kilometresBetween(from, to) / kilometresPerHour) * 60 * minuteMs)
}

/**
 * No way between two of these stores is longer, milliseconds. Reckoned from the box around them, not from their pairs, of
 * which a chain of thousands has millions: at most as much too long as the box is wider than they are.
 */
export function longestWayMs(
  pace: { minutes: number; kilometresPerHour: number },
  stores: readonly { place?: Place | undefined }[],
): number {
  if (stores.length < 2) return 0
  const places = stores.flatMap(({ place: one }) => one ?? [])
  const [first] = places
  const unplaced = places.length < stores.length ? pace.minutes * minuteMs : 0
  if (!first) return Math.min(longestMs, unplaced)
  let [south, north, west, east] = [first.latitude, first.latitude, first.longitude, first.longitude]
  for (const { latitude, longitude } of places) {
    south = Math.min(south, latitude)
    north = Math.max(north, latitude)
    west = Math.min(west, longitude)
    east = Math.max(east, longitude)
  }
  // A degree of longitude is widest where the box comes nearest to the equator.
  const widest = south <= 0 && north >= 0 ? 0 : Math.min(Math.abs(south), Math.abs(north))
  const km = kilometresAcross(half(north - south) + Math.cos(radians(widest)) ** 2 * half(Math.min(east - west, 180)))
  return Math.max(unplaced, Math.min(longestMs, (km / pace.kilometresPerHour) * 60 * minuteMs))
}

import { z } from 'zod'
import { id } from './ids.ts'

/** Ids in one message: 39 characters each, and brokers take 256 KiB. */
export const erasedInPart = 4_000

/**
 * `down/erased-1`, `down/erased-2` …: ids of all members who asked to be forgotten, in the order in which they did, so
 * that boxes delete what they have of them; that is fingers in their sensors. Each part stands for itself.
 */
export const erasedDown = z.object({ memberids: z.array(id).max(erasedInPart) })
export type ErasedDown = z.infer<typeof erasedDown>

export const erasedPartName = (part: number): string => `erased-${part}`
export const isErasedPart = (what: string): boolean => /^erased-[1-9]\d{0,5}$/.test(what)

export function erasedParts(memberids: readonly string[]): ErasedDown[] {
  const parts: ErasedDown[] = []
  for (let at = 0; at < memberids.length; at += erasedInPart) parts.push({ memberids: memberids.slice(at, at + erasedInPart) })
  return parts
}

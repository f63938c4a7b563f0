import { isClubs } from './club-prefixes.ts'

/** What of a card may be read, and whose. */
export interface CardRules {
  /** How the numbers of the club's own cards begin. */
  prefixes: readonly string[]
  /** How many digits they have; undefined for any. */
  digits?: number | undefined
  /** Where the number stands; the first that has one counts. */
  tracks: readonly (1 | 2)[]
  /** Whether the reader sends each track's check character behind it. */
  lrc: 'none' | 'sent'
}

/**
 * All that leaves the codec of what was swiped. A card that is not the club's leaves nothing: no digit of it, no track,
 * no length.
 */
export type Swipe = { kind: 'card'; number: string } | { kind: 'foreign' } | { kind: 'unreadable' }

/** The tracks as a reader gives them, with or without their sentinels. */
export type Tracks = { 1?: string; 2?: string }

/**
 * Track 1 in the 6-bit code of ISO/IEC 7811-2 (7 bits with parity) is ASCII from 0x20, track 2 in the 4-bit one is ASCII
 * from 0x30: the check character is the exclusive or over those bits.
 */
const codes = { 1: { start: '%', base: 0x20, mask: 0x3f }, 2: { start: ';', base: 0x30, mask: 0x0f } }
const end = '?'
const longest = { 1: 79, 2: 40 }

/** What a reader in keyboard mode types: `%B…?;…?+…?`. */
export function readTyped(line: string, rules: CardRules): Swipe {
  // A check character may stand behind each end sentinel, and may look like anything, a start sentinel too.
  const first = /%[^%?]{1,77}\?.?/.exec(line)?.[0]
  const second = /;[\d:<=>]{1,38}\?.?/.exec(line)?.[0]
  return readTracks({ ...(first === undefined ? {} : { 1: first }), ...(second === undefined ? {} : { 2: second }) }, rules)
}

/** Reads the number out of the tracks that the rules name, and lets only the club's own through. */
export function readTracks(tracks: Tracks, rules: CardRules): Swipe {
  const [number] = rules.tracks.flatMap((track) => numberOn(track, tracks[track], rules) ?? [])
  if (number === undefined) return { kind: 'unreadable' }
  if (!isClubs(number, rules.prefixes) || (rules.digits !== undefined && number.length !== rules.digits))
    return { kind: 'foreign' }
  return { kind: 'card', number }
}

function numberOn(track: 1 | 2, text: string | undefined, { lrc }: CardRules): string | undefined {
  if (text === undefined) return undefined
  const { start } = codes[track]
  const close = text.indexOf(end)
  if (text.startsWith(start) !== close >= 0) return undefined
  const whole = close < 0 ? text : text.slice(0, close + 1)
  if (whole.length > longest[track]) return undefined
  if (lrc === 'sent' && (close < 0 || text.charAt(close + 1) !== checkCharacter(track, whole))) return undefined
  const body = close < 0 ? whole : whole.slice(1, -1)
  // Track 1 of format B: a letter, the number, a caret, the name. Track 2: the number, `=`, the rest.
  const pattern = track === 1 ? /^[A-Z]?(\d{4,19})(?:\^|$)/ : /^(\d{4,19})(?:=[\d:;<=>]*)?$/
  return pattern.exec(body)?.[1]
}

/** What stands behind `?` on the stripe. `whole`: from the start sentinel to the end sentinel. */
export function checkCharacter(track: 1 | 2, whole: string): string {
  const { base, mask } = codes[track]
  let sum = 0
  for (let at = 0; at < whole.length; at += 1) sum ^= (whole.charCodeAt(at) - base) & mask
  return String.fromCharCode(base + sum)
}

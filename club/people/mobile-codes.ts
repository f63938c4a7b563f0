import { randomInt } from 'node:crypto'
import type { Language, Localised } from '#protocol/text.ts'
import { toPersianDigits } from '#protocol/text.ts'
import { sameSecret } from '#runtime/secret-check.ts'

/** A code on its way to a mobile. */
export interface MobileCode {
  mobile: string
  code: string
  /** As it is to be sent, in the language that was asked for. */
  text: string
  store: string
  /** Instants, ISO 8601. */
  at: string
  until: string
}

interface Known {
  code: string
  until: number
  tries: number
  mobile: string | undefined
  language: Language
  store: string
  at: number
}

const goodMs = 3 * 60_000
const triesMost = 5
/** Of one number: what is asked for faster costs its owner messages. */
const askedMost = 3
const askedWithinMs = 10 * 60_000
/** In all at once; the oldest give way. */
const knownMost = 10_000

const texts: Localised = {
  fa: 'رمز یک‌بارمصرف شما در باشگاه: {code}\nاین رمز را به کسی نگویید.',
  en: 'Your one-time code at the club: {code}\nTell it to nobody.',
}

export type MobileCodes = ReturnType<typeof createMobileCodes>

/**
 * One-time codes that prove a mobile. They live in memory for three minutes and are in no database: a club that is started
 * again has forgotten them, and whoever waits for one asks anew. Mobiles are known by their token.
 */
export function createMobileCodes({ draw = () => String(randomInt(100_000)).padStart(5, '0') }: { draw?: () => string } = {}) {
  const codes = new Map<string, Known>()
  const asked = new Map<string, number[]>()
  /** The same question may come twice, where the books had to load something first. */
  const answered = new Map<string, 'issued' | 'too-many' | boolean>()
  const remember = <T extends 'issued' | 'too-many' | boolean>(id: string, answer: T): T => {
    answered.set(id, answer)
    const oldest = answered.size > knownMost ? answered.keys().next().value : undefined
    if (oldest !== undefined) answered.delete(oldest)
    return answer
  }

  return {
    /** `at`: milliseconds since 1970. `id`: the question's own. */
    issue(given: {
      id: string
      token: string
      mobile: string | undefined
      language: Language
      store: string
      at: number
    }): { until: number } | 'too-many' {
      const { id, token, at, ...rest } = given
      const until = at + goodMs
      const before = answered.get(id)
      if (before === 'too-many') return 'too-many'
      if (before === 'issued') return { until }
      const lately = (asked.get(token) ?? []).filter((one) => one > at - askedWithinMs)
      if (lately.length >= askedMost) return remember(id, 'too-many')
      if (asked.size >= knownMost) asked.delete(asked.keys().next().value ?? '')
      asked.set(token, [...lately, at])
      codes.delete(token)
      if (codes.size >= knownMost) codes.delete(codes.keys().next().value ?? '')
      codes.set(token, { ...rest, at, code: draw(), until, tries: 0 })
      remember(id, 'issued')
      return { until }
    },
    /** Whether this is the code of the mobile; the right one is used up, and so is each after some wrong ones. */
    isRight({ id, token, code, at }: { id: string; token: string; code: string; at: number }): boolean {
      const before = answered.get(id)
      if (typeof before === 'boolean') return before
      const known = codes.get(token)
      if (!known || known.until < at) return remember(id, false)
      const right = sameSecret(code, known.code)
      known.tries += 1
      if (right || known.tries >= triesMost) codes.delete(token)
      return remember(id, right)
    },
    /** Those that are good at an instant, for whoever sends them. */
    toSend: (at: number): MobileCode[] =>
      [...codes.values()].flatMap(({ mobile, code, until, language, store, at: issued }) =>
        mobile === undefined || until < at
          ? []
          : [
              {
                ...{ mobile, code, store },
                text: texts[language].replace('{code}', language === 'fa' ? toPersianDigits(code) : code),
                at: new Date(issued).toISOString(),
                until: new Date(until).toISOString(),
              },
            ],
      ),
  }
}

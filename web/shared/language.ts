import { effect, signal } from '@preact/signals'
import type { Language, Localised } from '#protocol/text.ts'
import { keep, kept } from './kept.ts'

const remembered = kept('language')

/** Persian first: English is chosen. */
export const language = signal<Language>(remembered === 'en' ? 'en' : 'fa')

/** Tells the page its language and its direction, now and at each change; what is chosen is remembered. */
export function followLanguage(): void {
  effect(() => {
    document.documentElement.lang = language.value
    document.documentElement.dir = language.value === 'fa' ? 'rtl' : 'ltr'
    keep('language', language.value === 'fa' ? undefined : language.value)
  })
}

/** A page's dictionary: each text in each language, so that none can be forgotten. */
export type Words = Readonly<Record<string, Localised>>

const firstStrongIsolate = '\u2068'
const popIsolate = '\u2069'

/**
 * The text in the language of the page; `{name}` takes the value of that name. Values are texts already (a number goes
 * through figures.ts first); each stands in an isolate, so that a Latin name does not turn a Persian sentence around.
 */
export function say(text: Localised, values: Readonly<Record<string, string>> = {}): string {
  return text[language.value].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return value === undefined ? whole : `${firstStrongIsolate}${value}${popIsolate}`
  })
}

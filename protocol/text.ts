import { z } from 'zod'

export { normaliseText, toPersianDigits } from './digits.ts'

/** The languages that people read. Persian comes first. */
export const languages = ['fa', 'en'] as const
export const language = z.enum(languages)
export type Language = z.infer<typeof language>

/** One sentence in each language. */
export const localised = z.object({ fa: z.string(), en: z.string() }).meta({ description: 'one text in each language' })
export type Localised = z.infer<typeof localised>

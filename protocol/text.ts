import { z } from 'zod'

/** The languages that people read. Persian comes first. */
export const languages = ['fa', 'en'] as const
export const language = z.enum(languages)
export type Language = z.infer<typeof language>

/** One sentence in each language. */
export const localised = z.object({ fa: z.string(), en: z.string() }).meta({ description: 'one text in each language' })
export type Localised = z.infer<typeof localised>

const persianDigits = '۰۱۲۳۴۵۶۷۸۹'
const arabicDigits = '٠١٢٣٤٥٦٧٨٩'

/** Persian digits for people: `12` → `۱۲`. */
export const toPersianDigits = (text: string): string => text.replace(/\d/g, (d) => persianDigits[Number(d)] ?? d)

/**
 * The inside form of what people type or scan: Arabic ي and ك become Persian ی and ک, Persian and Arabic
 * digits become ASCII, outer blanks go. The half-space (ZWNJ) stays.
 */
export function normaliseText(text: string): string {
  return text
    .replace(/[يى]/g, 'ی')
    .replace(/ك/g, 'ک')
    .replace(/[۰-۹]/g, (d) => String(persianDigits.indexOf(d)))
    .replace(/[٠-٩]/g, (d) => String(arabicDigits.indexOf(d)))
    .trim()
}

// Without zod, so that a page in a browser can have it.
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

import type { FingerStep } from '#drivers/contract.ts'
import type { Localised } from '#protocol/text.ts'

/** What whoever gives a finger is told, on the display and by the cashier. */
export const stepTexts: Readonly<Record<FingerStep, Localised>> = {
  place: { fa: 'انگشت را روی حسگر بگذارید', en: 'Place your finger' },
  lift: { fa: 'انگشت را بردارید', en: 'Lift your finger' },
  again: { fa: 'همان انگشت را دوباره بگذارید', en: 'Same finger again' },
  stored: { fa: 'اثر انگشت ثبت شد', en: 'Finger stored' },
}

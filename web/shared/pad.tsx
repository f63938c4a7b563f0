import { toPersianDigits } from '#protocol/digits.ts'
import { Icon } from './icons.tsx'
import { language, say } from './language.ts'
import { words } from './words.ts'
import './pad.css'

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

/** Digits in the page's language. */
export const digits = (text: string): string => (language.value === 'fa' ? toPersianDigits(text) : text)

/** Number keys for a screen without a keyboard: in the order of a telephone's, in both languages. */
export function NumberPad({
  onDigit,
  onBack,
  onClear,
}: {
  onDigit: (digit: string) => void
  onBack: () => void
  onClear: () => void
}) {
  const key = (digit: string) => (
    <button key={digit} type="button" class="pad-key" onClick={() => onDigit(digit)}>
      {digits(digit)}
    </button>
  )
  return (
    <div class="pad" dir="ltr">
      {keys.map(key)}
      <button type="button" class="pad-key pad-soft" aria-label={say(words.clearAll)} onClick={onClear}>
        <Icon name="close" size={30} />
      </button>
      {key('0')}
      <button type="button" class="pad-key pad-soft" aria-label={say(words.eraseOne)} onClick={onBack}>
        <Icon name="erase" size={34} />
      </button>
    </div>
  )
}
